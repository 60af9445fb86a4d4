#include "arguments.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <initializer_list>
#include <string_view>

#include "exit_status.hpp"
#include "values.hpp"

namespace surisim::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  surisim run ./plugin.so                          the whole lifecycle on 4 workers
  surisim run ./plugin.so --threads 8 --flows 1000000 --no-checks --no-record
  surisim run ./plugin.so --mode autofp --capture pcap --device eth0 --device eth1
  surisim run ./plugin.so --fail init:W#02         what if a thread fails?
  surisim run ./plugin.so --format json --output report.json
  surisim inspect ./plugin.so                      what does it need, would it load?
  surisim lifecycle                                when does which callback run?

Exit status: 0 clean, 1 the plugin did something wrong, 2 wrong usage or nothing could be run,
3 surisim itself failed.)";

constexpr const char* kRunExamples = R"(Examples:
  surisim run ./plugin.so --threads 8 --flows 100000
  surisim run ./plugin.so --pcap capture.pcap      real packets
  surisim run ./plugin.so --ends bucket=1          every flow ends without a finish callback
  surisim run ./plugin.so --fail run:W#01          a worker fails while running
  surisim run ./plugin.so --suppress slot-unused="for the next release"
  surisim run ./plugin.so --format json | jq .verdict)";

// Shell words that need no quotes.
std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The command that was given, with the seed in it when there is one.
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

// Live workers are named after their device; "W#02" is enough to mean the one of the first device.
void name_fully(Fault& fault, const Options& options) {
  if (options.mode == Mode::autofp || options.engine == EngineMode::unix_socket) return;
  if (!is_live(capture_of(options)) || options.devices.empty()) return;
  if (fault.thread.starts_with("W#") && fault.thread.find('-') == std::string::npos)
    fault.thread += "-" + options.devices.front();
}

const std::string& not_empty(const std::string& option, const char* what, const std::string& text) {
  if (text.empty()) throw UsageError(fmt::format("{}: expected {}, got \"\"", option, what));
  return text;
}

// Options are read as text, and turned into values once all is known: CLI11's own conversions wrap
// negative numbers around and cannot name a range.
class Texts {
 public:
  using Apply = std::function<void(const std::string& option, const std::string& text)>;

  explicit Texts(CLI::App& app) : app_(app) {}

  void add(const std::string& option, const std::string& what, const std::string& value,
           Apply apply) {
    auto& entry = entries_.emplace_back(std::make_unique<Entry>());
    entry->apply = std::move(apply);
    entry->option = app_.add_option(option, entry->texts, what)->type_name(value)->expected(1);
    entry->option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    entry->name = option.substr(option.find("--"));
  }
  // An option that may be given several times.
  void add_many(const std::string& option, const std::string& what, const std::string& value,
                Apply apply) {
    add(option, what, value, std::move(apply));
    entries_.back()->option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  template <class T>
  void count(const std::string& option, const std::string& what, T& to, std::uint64_t least,
             std::uint64_t most) {
    add(option, fmt::format("{} ({})", what, to), "N",
        [&to, least, most](const std::string& name, const std::string& text) {
          to = static_cast<T>(parse_count(name, text, least, most));
        });
  }
  void share(const std::string& option, const std::string& what, double& to) {
    add(option, fmt::format("{} ({})", what, to), "SHARE",
        [&to](const std::string& name, const std::string& text) { to = parse_share(name, text); });
  }
  // The first of these options that was given; empty: none of them.
  std::string given(std::initializer_list<std::string_view> options) const {
    for (const auto& entry : entries_) {
      const bool asked = std::find(options.begin(), options.end(), entry->name) != options.end();
      if (asked && !entry->texts.empty()) return entry->name;
    }
    return {};
  }
  void apply() const {
    for (const auto& entry : entries_)
      for (const std::string& text : entry->texts) entry->apply(entry->name, text);
  }

 private:
  struct Entry {
    std::string name;
    std::vector<std::string> texts;
    Apply apply;
    CLI::Option* option = nullptr;
  };
  CLI::App& app_;
  std::vector<std::unique_ptr<Entry>> entries_;
};

void add_report_options(CLI::App& app, Texts& texts, ReportTo& to) {
  texts.add("--format", "text or json (text)", "FORMAT",
            [&](auto& name, auto& text) { to.json = parse_json(name, text); });
  texts.add("--output", "write the report to FILE instead of stdout", "FILE",
            [&](auto& name, auto& text) {
              if (text.empty()) throw UsageError(name + ": expected a file name, got \"\"");
              to.file = text;
            });
  app.get_option("--format")->group("Report");
  app.get_option("--output")->group("Report");
}

void add_child_options(CLI::App& app, Texts& texts, ChildLimits& limits, bool& in_process) {
  texts.count("--timeout",
              "seconds that a callback, or a phase without progress, may take; 0: no limit",
              limits.seconds, 0, 1'000'000);
  texts.add(
      "--memory-limit",
      "memory in MiB that the plugin's process may use, what is recorded included (half of the "
      "machine's); 0: no limit",
      "MIB", [&](auto& name, auto& text) {
        limits.memory_mib = parse_count(name, text, 0, std::uint64_t{1} << 30);
      });
  app.add_flag("--in-process", in_process,
               "run the plugin in this process: for debuggers. A crash ends it, there is no time "
               "limit");
}

class RunParser {
 public:
  explicit RunParser(CLI::App& root)
      : app_(*root.add_subcommand("run", "Load plugins, run the whole lifecycle, report")),
        texts_(app_) {
    app_.footer(kRunExamples);
    app_.add_option("PLUGIN.so", arguments_.plugins, "A plugin (.so), or a directory of them")
        ->required()
        ->type_name("");
    const auto group = [&](const char* name, auto add) {
      const auto before = app_.get_options();
      add();
      for (CLI::Option* option : app_.get_options())
        if (std::find(before.begin(), before.end(), option) == before.end()) option->group(name);
    };
    group("Engine", [&] { add_engine(); });
    group("Traffic", [&] { add_traffic(); });
    group("EVE", [&] { add_eve(); });
    group("Run", [&] { add_run(); });
    group("Report", [&] { add_report(); });
  }

  bool chosen() const { return app_.parsed(); }

  RunArguments finish(int argc, char** argv) {
    texts_.apply();
    Options& options = arguments_.options;
    if (!options.pcap.empty()) check_pcap();
    if (!devices_.empty()) options.devices = devices_;
    // A device means live traffic; only the workers mode has it by default.
    if (!devices_.empty() && !options.capture) options.capture = Capture::af_packet;
    if (!devices_.empty() && options.capture == Capture::pcap_file)
      throw UsageError(
          "--device: a capture from a pcap file has no device; expected --capture "
          "af-packet or pcap");
    for (Fault& fault : options.faults) name_fully(fault, options);
    if (options.traffic.udp + options.traffic.icmp > 1)
      throw UsageError(
          fmt::format("--udp and --icmp: expected shares that sum up to 1 at most, "
                      "got {} and {}",
                      options.traffic.udp, options.traffic.icmp));
    check_eve();
    options.stats = !no_stats_;
    options.command_socket = !no_command_socket_;
    options.checks = !no_checks_;
    if (no_record_) options.record = Options::Record::off;
    if (!arguments_.events.empty()) {
      if (no_record_) throw UsageError("--events: needs the record that --no-record switches off");
      if (arguments_.events == "-" && arguments_.to.file.empty())
        throw UsageError(
            "--events: stdout carries the report; expected a file, or --output for "
            "the report");
      options.record = Options::Record::all;
    }
    arguments_.report.reproduce = command_line(argc, argv, options);
    return std::move(arguments_);
  }

 private:
  // With a capture file nothing is generated, and Suricata has two run modes.
  void check_pcap() {
    Options& options = arguments_.options;
    const std::string generated =
        texts_.given({"--flows", "--packets-per-flow", "--open-flows", "--seed", "--ipv6", "--udp",
                      "--icmp", "--ends", "--alerts"});
    if (!generated.empty())
      throw UsageError(
          fmt::format("{}: is about generated traffic; expected it without --pcap", generated));
    if (!devices_.empty())
      throw UsageError("--device: a capture file has no device; expected it without --pcap");
    if (options.capture && is_live(*options.capture))
      throw UsageError(fmt::format("--capture: expected pcap-file with --pcap, got \"{}\"",
                                   to_string(*options.capture)));
    if (texts_.given({"--mode"}).empty()) options.mode = Mode::autofp;
    if (options.mode == Mode::workers)
      throw UsageError(
          "--mode: workers captures live; expected autofp or single with --pcap, as in Suricata");
  }

  void check_eve() const {
    const EveOptions& eve = arguments_.options.eve;
    if (eve.file == "-")
      throw UsageError("--eve: stdout carries the report; expected a file, or /dev/stderr");
    if (eve.threaded && eve.filetype.empty())
      throw UsageError("--eve-threaded: is for a plugin's file type; expected --eve-filetype too");
  }

  void add_engine() {
    Options& o = arguments_.options;
    texts_.count("--threads", "worker threads (in workers mode: of each device)", o.threads, 1,
                 16384);
    texts_.add("--mode", "workers, autofp or single (workers; with --pcap autofp)", "MODE",
               [&](auto& name, auto& text) { o.mode = parse_mode(name, text); });
    texts_.add("--capture", "pcap-file, af-packet or pcap (af-packet for workers, else pcap-file)",
               "CAPTURE", [&](auto& name, auto& text) { o.capture = parse_capture(name, text); });
    texts_.add_many(
        "--device", "network device of a live capture (eth0); may be repeated", "NAME",
        [&](auto& name, auto& text) { devices_.push_back(not_empty(name, "a name", text)); });
    texts_.add("--engine", "normal, config-test, engine-analysis or unix-socket (normal)", "ENGINE",
               [&](auto& name, auto& text) { o.engine = parse_engine(name, text); });
    texts_.count("--repeat", "thread lifecycles after one registration", o.lifecycles, 1,
                 1'000'000);
    texts_.count("--receive-threads", "RX threads in autofp from a live capture", o.receive_threads,
                 1, 64);
    texts_.count("--flow-managers", "FM threads", o.flow_managers, 1, 1024);
    texts_.count("--flow-recyclers", "FR threads", o.flow_recyclers, 1, 1024);
    texts_.count("--detect-loaders", "DL threads", o.detect_loaders, 0, 64);
    texts_.add("--config", "Suricata's configuration for SCConf*: a file as suricata.yaml is",
               "FILE", [&](auto& name, auto& text) {
                 if (text.empty()) throw UsageError(name + ": expected a file name, got \"\"");
                 o.config_file = text;
               });
    texts_.add_many("--set", "a setting that wins over the file; may be repeated", "KEY=VALUE",
                    [&](auto& name, auto& text) {
                      if (text.find('=') == std::string::npos)
                        throw UsageError(name + ": expected key=value, got \"" + text + "\"");
                      o.config_settings.push_back(text);
                    });
    app_.add_flag("--bypass-manager", o.bypass_manager, "with the thread FB");
    app_.add_flag("--no-stats", no_stats_, "without the threads CW and CS");
    app_.add_flag("--no-command-socket", no_command_socket_, "without the thread US");
    texts_.add_many("--fail",
                    "make the engine fail: init:THREAD, run:THREAD, create:THREAD or paused; may "
                    "be repeated",
                    "WHAT",
                    [&](auto& name, auto& text) { o.faults.push_back(parse_fault(name, text)); });
  }

  void add_traffic() {
    TrafficOptions& t = arguments_.options.traffic;
    texts_.add("--pcap",
               "packets of a pcap or pcapng file, gzipped or not, instead of generated ones",
               "FILE", [&](auto& name, auto& text) {
                 arguments_.options.pcap = not_empty(name, "a file name", text);
               });
    texts_.count("--flows", "flows to drive", t.flows, 0, std::uint64_t{1} << 40);
    texts_.count("--packets-per-flow", "mean length of a flow", t.packets_per_flow, 1, 1'000'000);
    texts_.count("--open-flows", "flows in flight on a worker at a time", t.open_flows, 1, 65'536);
    texts_.count("--seed", "the same seed makes the same flows", t.seed, 0, UINT64_MAX);
    texts_.share("--ipv6", "share of flows over IPv6", t.ipv6);
    texts_.share("--udp", "share of UDP flows", t.udp);
    texts_.share("--icmp", "share of ICMP flows; the rest is TCP", t.icmp);
    texts_.add(
        "--ends",
        "how flows end: recycler, pressure, bucket, reuse, handed-back, backstop; others get 0",
        "KIND=SHARE,...", [&](auto& name, auto& text) { t.ends = parse_ends(name, text); });
  }

  void add_eve() {
    EveOptions& e = arguments_.options.eve;
    texts_.add("--eve", "write EVE records to FILE, a JSON object a line", "FILE",
               [&](auto& name, auto& text) { e.file = not_empty(name, "a file name", text); });
    texts_.add("--eve-filetype", "write EVE records to a plugin's file type", "NAME",
               [&](auto& name, auto& text) { e.filetype = not_empty(name, "a name", text); });
    app_.add_flag("--eve-threaded", e.threaded, "the file type gets data for each thread");
    texts_.share("--alerts", "share of generated packets with an EVE alert record",
                 arguments_.options.traffic.alerts);
  }

  void add_run() {
    app_.add_flag("--no-checks", no_checks_,
                  "do not watch storage calls: they cost what real ones do");
    app_.add_flag("--no-record", no_record_, "keep no event log: the fastest");
    texts_.add(
        "--events", "write every event to FILE, a JSON object a line", "FILE",
        [&](auto& name, auto& text) { arguments_.events = not_empty(name, "a file name", text); });
    add_child_options(app_, texts_, arguments_.limits, arguments_.in_process);
  }

  void add_report() {
    ReportOptions& r = arguments_.report;
    texts_.add("--fail-on", "severity that makes the verdict fail: error, warning or note (error)",
               "SEVERITY", [&](auto& name, auto& text) { r.fail_on = parse_severity(name, text); });
    texts_.add("--show", "lowest severity in a text report: error, warning or note (note)",
               "SEVERITY", [&](auto& name, auto& text) { r.show = parse_severity(name, text); });
    texts_.add_many("--suppress", "accept the violations of a rule, for a reason; may be repeated",
                    "RULE=REASON", [&](auto& name, auto& text) {
                      r.suppressed.push_back(parse_suppression(name, text));
                    });
    add_report_options(app_, texts_, arguments_.to);
    app_.add_flag("-v,--verbose", r.verbose, "all threads and phases");
    app_.add_flag("-q,--quiet", r.quiet, "only violations and the verdict; no progress bar");
  }

  RunArguments arguments_;
  std::vector<std::string> devices_;
  bool no_stats_ = false, no_command_socket_ = false, no_checks_ = false, no_record_ = false;
  CLI::App& app_;
  Texts texts_;
};

class InspectParser {
 public:
  explicit InspectParser(CLI::App& root)
      : app_(
            *root.add_subcommand("inspect",
                                 "Metadata, imported symbols, and what would keep it from loading; "
                                 "Init is not run")),
        texts_(app_) {
    app_.add_option("PLUGIN.so", arguments_.plugin, "The plugin (.so)")->required()->type_name("");
    add_report_options(app_, texts_, arguments_.to);
    add_child_options(app_, texts_, arguments_.limits, arguments_.in_process);
    app_.add_flag("-v,--verbose", arguments_.report.verbose, "the system's symbols too");
    app_.add_flag("-q,--quiet", arguments_.report.quiet, "only problems and the verdict");
  }

  bool chosen() const { return app_.parsed(); }
  InspectArguments finish() {
    texts_.apply();
    return std::move(arguments_);
  }

 private:
  InspectArguments arguments_;
  CLI::App& app_;
  Texts texts_;
};

class LifecycleParser {
 public:
  explicit LifecycleParser(CLI::App& root)
      : app_(*root.add_subcommand("lifecycle", "What happens when, on which thread")),
        texts_(app_) {
    add_report_options(app_, texts_, arguments_.to);
  }

  bool chosen() const { return app_.parsed(); }
  LifecycleArguments finish() {
    texts_.apply();
    return std::move(arguments_);
  }

 private:
  LifecycleArguments arguments_;
  CLI::App& app_;
  Texts texts_;
};

// CLI11's messages may have several lines; an error is one.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

Command parse_arguments(int argc, char** argv) {
  CLI::App app{"Runs the thread lifecycle of a Suricata plugin without Suricata.", "surisim"};
  app.footer(kExamples);
  app.require_subcommand(1);
  app.set_version_flag("--version",
                       fmt::format("surisim {} (Suricata {})", version(), SC_PACKAGE_VERSION));
  app.get_formatter()->column_width(34);
  RunParser run(app);
  InspectParser inspect(app);
  LifecycleParser lifecycle(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return JustSay{app.help()};
  } catch (const CLI::CallForVersion& version) {
    return JustSay{std::string(version.what()) + "\n"};
  } catch (const CLI::RequiredError& error) {
    if (app.get_subcommands().empty())
      throw UsageError(argc < 2 || argv[1][0] == '-'
                           ? "expected a subcommand: run, inspect or lifecycle (surisim --help)"
                           : fmt::format("there is no subcommand \"{}\"; expected run, inspect or "
                                         "lifecycle (surisim --help)",
                                         argv[1]));
    throw UsageError(one_line(error.what()) + " (surisim --help shows what there is)");
  } catch (const CLI::ParseError& error) {
    throw UsageError(one_line(error.what()) + " (surisim --help shows what there is)");
  }
  if (run.chosen()) return run.finish(argc, argv);
  if (inspect.chosen()) return inspect.finish();
  return lifecycle.finish();
}

}  // namespace surisim::cli
