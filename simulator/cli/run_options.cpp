#include "run_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

#include "exit_status.hpp"
#include "values.hpp"

namespace surisim::cli {
namespace {

// Shell words that need no quotes.
std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// Live workers are named after their device; "W#02" is enough to mean the one of the first device.
void name_fully(Fault& fault, const Options& options) {
  if (options.mode == Mode::autofp || options.engine == EngineMode::unix_socket) return;
  if (!is_live(capture_of(options)) || options.devices.empty()) return;
  if (fault.thread.starts_with("W#") && fault.thread.find('-') == std::string::npos)
    fault.thread += "-" + options.devices.front();
}

}  // namespace

std::string command_line(int argc, char** argv, const Options& options) {
  std::string out = "surisim";
  bool has_seed = !options.pcap.empty();
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    has_seed = has_seed || word == "--seed" || word.starts_with("--seed=");
    out += " " + quoted(argv[i]);
  }
  return has_seed ? out : out + fmt::format(" --seed {}", options.traffic.seed);
}

void add_child_options(CLI::App& app, Texts& texts, sandbox::ChildLimits& limits,
                       bool& in_process) {
  texts.count("--timeout",
              "seconds that a callback, or a phase without progress, may take; 0: no limit",
              limits.seconds, 0, 1'000'000);
  texts.add(
      "--memory-limit",
      fmt::format("memory in MiB that the plugin's process may use, from {}, what is recorded "
                  "included (half of the machine's); 0: no limit",
                  sandbox::kLeastMemoryMib),
      "MIB", [&](auto& name, auto& text) {
        limits.memory_mib = parse_count(name, text, 0, std::uint64_t{1} << 30);
        if (limits.memory_mib > 0 && limits.memory_mib < sandbox::kLeastMemoryMib)
          throw UsageError(fmt::format("{}: expected 0 or at least {}, got {}", name,
                                       sandbox::kLeastMemoryMib, text));
      });
  app.add_flag("--in-process", in_process,
               "run the plugin in this process: for debuggers. A crash ends it, there is no time "
               "limit");
}

RunOptions::RunOptions(CLI::App& app, Texts& texts, std::vector<std::string>& plugins,
                       Options& options)
    : texts_(texts), options_(options) {
  app.add_option("PLUGIN.so", plugins, "A plugin (.so), or a directory of them")
      ->required()
      ->type_name("");
  in_group(app, "Engine", [&] { add_engine(app, texts); });
  in_group(app, "Traffic", [&] { add_traffic(texts); });
  in_group(app, "EVE", [&] { add_eve(app, texts); });
}

void RunOptions::finish() {
  if (!options_.pcap.empty()) check_pcap();
  if (!devices_.empty()) options_.devices = devices_;
  // A device means live traffic; only the workers mode has it by default.
  if (!devices_.empty() && !options_.capture) options_.capture = Capture::af_packet;
  if (!devices_.empty() && options_.capture == Capture::pcap_file)
    throw UsageError(
        "--device: a capture from a pcap file has no device; expected --capture af-packet or pcap");
  for (Fault& fault : options_.faults) name_fully(fault, options_);
  if (options_.traffic.udp + options_.traffic.icmp > 1)
    throw UsageError(
        fmt::format("--udp and --icmp: expected shares that sum up to 1 at most, got {} and {}",
                    options_.traffic.udp, options_.traffic.icmp));
  check_eve();
  options_.stats = !no_stats_;
  options_.command_socket = !no_command_socket_;
}

// With a capture file nothing is generated, and Suricata has two run modes.
void RunOptions::check_pcap() {
  const std::string generated =
      texts_.given({"--flows", "--packets-per-flow", "--open-flows", "--seed", "--ipv6", "--udp",
                    "--icmp", "--ends", "--alerts"});
  if (!generated.empty())
    throw UsageError(
        fmt::format("{}: is about generated traffic; expected it without --pcap", generated));
  if (!devices_.empty())
    throw UsageError("--device: a capture file has no device; expected it without --pcap");
  if (options_.capture && is_live(*options_.capture))
    throw UsageError(fmt::format("--capture: expected pcap-file with --pcap, got \"{}\"",
                                 to_string(*options_.capture)));
  if (texts_.given({"--mode"}).empty()) options_.mode = Mode::autofp;
  if (options_.mode == Mode::workers)
    throw UsageError(
        "--mode: workers captures live; expected autofp or single with --pcap, as in Suricata");
}

void RunOptions::check_eve() const {
  const EveOptions& eve = options_.eve;
  if (eve.file == "-")
    throw UsageError("--eve: stdout carries the report; expected a file, or /dev/stderr");
  if (eve.threaded && eve.filetype.empty())
    throw UsageError("--eve-threaded: is for a plugin's file type; expected --eve-filetype too");
}

void RunOptions::add_engine(CLI::App& app, Texts& texts) {
  Options& o = options_;
  texts.count("--threads", "worker threads (in workers mode: of each device)", o.threads, 1, 16384);
  texts.add("--mode", "workers, autofp or single (workers; with --pcap autofp)", "MODE",
            [&](auto& name, auto& text) { o.mode = parse_mode(name, text); });
  texts.add("--capture", "pcap-file, af-packet or pcap (af-packet for workers, else pcap-file)",
            "CAPTURE", [&](auto& name, auto& text) { o.capture = parse_capture(name, text); });
  texts.add_many(
      "--device", "network device of a live capture (eth0); may be repeated", "NAME",
      [&](auto& name, auto& text) { devices_.push_back(not_empty(name, "a name", text)); });
  texts.add("--engine", "normal, config-test, engine-analysis or unix-socket (normal)", "ENGINE",
            [&](auto& name, auto& text) { o.engine = parse_engine(name, text); });
  texts.count("--repeat", "thread lifecycles after one registration", o.lifecycles, 1, 1'000'000);
  texts.count("--receive-threads", "RX threads in autofp from a live capture", o.receive_threads, 1,
              64);
  texts.count("--flow-managers", "FM threads", o.flow_managers, 1, 1024);
  texts.count("--flow-recyclers", "FR threads", o.flow_recyclers, 1, 1024);
  texts.count("--detect-loaders", "DL threads", o.detect_loaders, 0, 64);
  texts.add("--config", "Suricata's configuration for SCConf*: a file as suricata.yaml is", "FILE",
            [&](auto& name, auto& text) {
              if (text.empty()) throw UsageError(name + ": expected a file name, got \"\"");
              o.config_file = text;
            });
  texts.add_many("--set", "a setting that wins over the file; may be repeated", "KEY=VALUE",
                 [&](auto& name, auto& text) {
                   if (text.find('=') == std::string::npos)
                     throw UsageError(name + ": expected key=value, got \"" + shown(text) + "\"");
                   o.config_settings.push_back(text);
                 });
  app.add_flag("--bypass-manager", o.bypass_manager, "with the thread FB");
  app.add_flag("--no-stats", no_stats_, "without the threads CW and CS");
  app.add_flag("--no-command-socket", no_command_socket_, "without the thread US");
  texts.add_many("--fail",
                 "make something fail: init:THREAD, run:THREAD, create:THREAD, spawn:THREAD, "
                 "paused, alloc:K, host-alloc:K, set:K, register:K or register:SLOT; K counts from "
                 "1, and * in its place tries one after the other (docs/faults.md); may be "
                 "repeated",
                 "WHAT", [&](auto& name, auto& text) { add_fault(name, text); });
}

void RunOptions::add_fault(const std::string& option, const std::string& text) {
  const auto sweep = parse_sweep(text);
  if (!sweep) {
    options_.faults.push_back(parse_fault(option, text));
    return;
  }
  if (sweep_)
    throw UsageError(fmt::format("{}: expected one kind with * at most, got {}:* and {}", option,
                                 to_string(*sweep_), text));
  sweep_ = sweep;
}

void RunOptions::add_traffic(Texts& texts) {
  TrafficOptions& t = options_.traffic;
  texts.add("--pcap", "packets of a pcap or pcapng file, gzipped or not, instead of generated ones",
            "FILE",
            [&](auto& name, auto& text) { options_.pcap = not_empty(name, "a file name", text); });
  texts.count("--flows", "flows to drive", t.flows, 0, std::uint64_t{1} << 40);
  texts.count("--packets-per-flow", "mean length of a flow", t.packets_per_flow, 1, 1'000'000);
  texts.count("--open-flows", "flows in flight on a worker at a time", t.open_flows, 1, 65'536);
  texts.count("--seed", "the same seed makes the same flows", t.seed, 0, UINT64_MAX);
  texts.share("--ipv6", "share of flows over IPv6", t.ipv6);
  texts.share("--udp", "share of UDP flows", t.udp);
  texts.share("--icmp", "share of ICMP flows; the rest is TCP", t.icmp);
  texts.add("--ends",
            "how flows end: recycler, pressure, bucket, reuse, handed-back, backstop; others get 0",
            "KIND=SHARE,...", [&](auto& name, auto& text) { t.ends = parse_ends(name, text); });
}

void RunOptions::add_eve(CLI::App& app, Texts& texts) {
  EveOptions& e = options_.eve;
  texts.add("--eve", "write EVE records to FILE, a JSON object a line", "FILE",
            [&](auto& name, auto& text) { e.file = not_empty(name, "a file name", text); });
  texts.add("--eve-filetype", "write EVE records to a plugin's file type", "NAME",
            [&](auto& name, auto& text) { e.filetype = not_empty(name, "a name", text); });
  app.add_flag("--eve-threaded", e.threaded, "the file type gets data for each thread");
  texts.share("--alerts", "share of generated packets with an EVE alert record",
              options_.traffic.alerts);
}

}  // namespace surisim::cli
