// Implements command_options.hpp, except reports (report_options.cpp) and suppressions
// (suppressions.cpp). The options of a run are in add_engine(), add_traffic() and add_eve().
#include "command_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/user_input.hpp"
#include "suricata/util-debug.h"

namespace surisim::cli {
namespace {

double parse_share(const std::string& option, const std::string& text) {
  const bool plain = !text.empty() && text.find_first_not_of("0123456789.eE+-") == text.npos;
  char* end = nullptr;
  const double share = plain ? std::strtod(text.c_str(), &end) : -1;
  if (!plain || *end != '\0' || !base::is_share(share))
    throw UsageError("{}: {}", option, base::expected_share(text));
  return share;
}

struct EndKind {
  const char* name;
  double EndShares::*share;
};
const char* to_string(const EndKind& kind) { return kind.name; }
const std::vector<EndKind> kEndKinds = {
    {"recycler", &EndShares::recycler},       {"pressure", &EndShares::pressure},
    {"bucket", &EndShares::bucket},           {"reuse", &EndShares::reuse},
    {"handed-back", &EndShares::handed_back}, {"backstop", &EndShares::backstop},
};

// "bucket=0.5,recycler=0.5": kinds that are not named get 0.
EndShares parse_ends(const std::string& option, const std::string& text) {
  EndShares ends{0, 0, 0, 0, 0, 0};
  for (std::size_t begin = 0; begin != std::string::npos;) {
    const std::size_t comma = text.find(',', begin);
    const std::string part = text.substr(begin, comma - begin);
    begin = comma == std::string::npos ? comma : comma + 1;
    const std::size_t equals = part.find('=');
    const std::string kind = part.substr(0, equals);
    if (equals == std::string::npos)
      refuse(option, "kind=share[,kind=share…], for example bucket=0.5,recycler=0.5", part);
    ends.*choose(option, kind, kEndKinds).share =
        parse_share(fmt::format("{} {}", option, kind), part.substr(equals + 1));
  }
  return ends;
}

struct LogLevel {
  const char* name;
  SCLogLevel level;
};
const char* to_string(const LogLevel& level) { return level.name; }
const std::vector<LogLevel> kLogLevels = {
    {"none", SC_LOG_NONE},     {"error", SC_LOG_ERROR}, {"warning", SC_LOG_WARNING},
    {"notice", SC_LOG_NOTICE}, {"info", SC_LOG_INFO},   {"perf", SC_LOG_PERF},
    {"config", SC_LOG_CONFIG}, {"debug", SC_LOG_DEBUG},
};

// The kind of "alloc:*", which tries each fault of that kind in turn; nullopt for a single fault.
std::optional<Fault::Kind> parse_sweep(const std::string& text) {
  using enum Fault::Kind;
  for (const auto kind : {plugin_alloc, host_alloc, slot_register, value_set, thread_spawn}) {
    if (text == std::string(to_string(kind)) + ":*") return kind;
  }
  return std::nullopt;
}

// Workers of a live capture are named after their device. "W#02" means the first device's.
void add_device_name(Fault& fault, const Options& options) {
  if (options.mode == Mode::autofp || options.engine == EngineMode::unix_socket) return;
  if (!is_live(capture_of(options)) || options.devices.empty()) return;
  if (fault.thread.starts_with("W#") && fault.thread.find('-') == std::string::npos)
    fault.thread += "-" + device_from(options.devices.front()).name;
}

// The command's option for a member of Options: --open-flows for "traffic.open_flows".
std::string option_for(const std::string& member) {
  constexpr std::array<std::pair<std::string_view, const char*>, 3> kOthers = {
      {{"lifecycles", "--repeat"}, {"devices", "--device"}, {"pcaps", "--pcap"}}};
  for (const auto& [name, option] : kOthers)
    if (member == name) return option;
  std::string option = "--" + member.substr(member.rfind('.') + 1);
  std::replace(option.begin(), option.end(), '_', '-');
  return option;
}

}  // namespace

void refuse(const std::string& option, const std::string& expected, const std::string& given) {
  throw UsageError("{}: expected {}, got \"{}\"", option, expected, base::shown(given));
}

std::uint64_t parse_count(const std::string& option, const std::string& text, CountRange range) {
  std::uint64_t n = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, n);
  if (error != std::errc{} || stop != end || n < range.least || n > range.most)
    throw UsageError("{}: {}", option, base::expected_count(range.least, range.most, text));
  return n;
}

const std::string& not_empty(const std::string& option, const char* what, const std::string& text) {
  if (text.empty()) refuse(option, what, text);
  return text;
}

void OptionTexts::add(const std::string& option, const std::string& what, const std::string& value,
                      Apply apply) {
  auto& entry = entries_.emplace_back(std::make_unique<Entry>());
  entry->apply = std::move(apply);
  entry->option = app_.add_option(option, entry->texts, what)->type_name(value)->expected(1);
  entry->option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  entry->option->allow_extra_args(false);  // takes one value, not what follows it
  entry->name = option.substr(option.find("--"));
}

void OptionTexts::add_many(const std::string& option, const std::string& what,
                           const std::string& value, Apply apply) {
  add(option, what, value, std::move(apply));
  entries_.back()->many = true;
}

void OptionTexts::add_share(const std::string& option, const std::string& what, double& to) {
  add(option, fmt::format("{} ({})", what, to), "SHARE",
      [&to](const std::string& name, const std::string& text) { to = parse_share(name, text); });
}

void OptionTexts::add_file(const std::string& option, const std::string& what, std::string& to) {
  add(option, what, "FILE", [&to](const std::string& name, const std::string& text) {
    to = not_empty(name, "a file name", text);
  });
}

std::string OptionTexts::given(std::initializer_list<std::string_view> options) const {
  for (const auto& entry : entries_) {
    const bool asked = std::find(options.begin(), options.end(), entry->name) != options.end();
    if (asked && !entry->texts.empty()) return entry->name;
  }
  return {};
}

std::string OptionTexts::given_for_generated() const {
  std::string found = given({"--flows", "--packets-per-flow", "--open-flows", "--seed", "--ipv6",
                             "--udp", "--icmp", "--ends", "--alerts"});
  if (!found.empty()) return found;
  const CLI::Option* const exact = app_.get_option_no_throw("--exact-packets");
  return exact != nullptr && exact->count() > 0 ? "--exact-packets" : "";
}

std::vector<std::pair<std::string, std::string>> OptionTexts::in_order(
    std::initializer_list<std::string_view> options) const {
  std::vector<std::pair<std::string, std::string>> found;
  std::map<const Entry*, std::size_t> seen;
  for (const CLI::Option* option : app_.parse_order()) {
    const auto at = std::find_if(entries_.begin(), entries_.end(),
                                 [&](const auto& entry) { return entry->option == option; });
    if (at == entries_.end()) continue;
    const Entry& entry = **at;
    const std::size_t n = seen[&entry]++;
    if (std::find(options.begin(), options.end(), entry.name) != options.end() &&
        n < entry.texts.size())
      found.emplace_back(entry.name, entry.texts[n]);
  }
  return found;
}

void OptionTexts::apply() const {
  for (const auto& entry : entries_) {
    const auto& [name, texts, apply_text, option, many] = *entry;
    if (!many && texts.size() > 1)
      throw BadValue(fmt::format("{}: expected it once, got \"{}\" and \"{}\"", name,
                                 base::shown(texts[0]), base::shown(texts[1])),
                     1);
    for (std::size_t i = 0; i < texts.size(); ++i) try {
        apply_text(name, texts[i]);
      } catch (const UsageError& error) {
        throw BadValue(error.what(), i);
      }
  }
}

void in_group(CLI::App& app, const char* name, const std::function<void()>& add) {
  const auto before = app.get_options();
  add();
  for (CLI::Option* option : app.get_options())
    if (std::find(before.begin(), before.end(), option) == before.end()) option->group(name);
}

void require_valid(const Options& options) {
  if (const auto wrong = check_options(options))
    throw UsageError(wrong->option.empty() ? wrong->message
                                           : option_for(wrong->option) + ": " + wrong->message);
}

std::string memory_limit_help() {
  return fmt::format(
      "memory in MiB that the plugin's process may use, from {}, recorded events included (half of "
      "the machine's); 0: no limit",
      sandbox::kLeastMemoryMib);
}

std::uint64_t parse_memory_limit(const std::string& option, const std::string& text) {
  const std::uint64_t mib = parse_count(option, text, {0, std::uint64_t{1} << 30});
  if (mib > 0 && mib < sandbox::kLeastMemoryMib)
    throw UsageError("{}: expected 0 or at least {}, got {}", option, sandbox::kLeastMemoryMib,
                     text);
  return mib;
}

void add_settings(OptionTexts& texts, const OptionTexts::Apply& apply) {
  texts.add_many("--set", "a setting that overrides the file; may be repeated", "KEY=VALUE",
                 [apply](auto& name, auto& text) {
                   if (text.find('=') == std::string::npos) refuse(name, "key=value", text);
                   apply(name, text);
                 });
}

void add_invariants(OptionTexts& texts, const OptionTexts::Apply& apply) {
  texts.add_many(
      "--invariant",
      "a function bool SYMBOL(void) of the plugin, called when its threads have ended: false is a "
      "violation (docs/explore.md); may be repeated",
      "SYMBOL", [apply](auto& name, auto& text) {
        apply(name, not_empty(name, "the name of a function", text));
      });
}

void add_severities(OptionTexts& texts, ReportOptions& report) {
  static const std::vector<Severity> severities = {Severity::error, Severity::warning,
                                                   Severity::note};
  texts.add(
      "--fail-on", "lowest severity that makes the verdict fail: error, warning or note (error)",
      "SEVERITY", [&](auto& name, auto& text) { report.fail_on = choose(name, text, severities); });
  texts.add("--show", "lowest severity in a text report: error, warning or note (note)", "SEVERITY",
            [&](auto& name, auto& text) { report.show = choose(name, text, severities); });
}

void add_child_options(CLI::App& app, OptionTexts& texts, sandbox::ChildLimits& limits,
                       bool& in_process) {
  texts.add_count("--timeout", kTimeoutHelp, limits.seconds, kTimeoutRange);
  texts.add_count("--time-limit", "seconds that the whole run may take; 0: no limit",
                  limits.run_seconds, {0, 1'000'000});
  texts.add("--memory-limit", memory_limit_help(), "MIB",
            [&](auto& name, auto& text) { limits.memory_mib = parse_memory_limit(name, text); });
  app.add_flag("--in-process", in_process,
               "run the plugin in this process, for debuggers: a crash ends it, and there is no "
               "time limit");
}

std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

void require_rereadable_config(const std::string& option, const std::string& file) {
  std::error_code ignored;
  if (std::filesystem::is_fifo(file, ignored))
    throw UsageError(
        "{}: makes several runs, but --config {} is a pipe, which is read once; expected a file",
        option, file);
}

std::pair<std::uint64_t, std::uint64_t> parse_shard(const std::string& option,
                                                    const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) refuse(option, "I/N, such as 1/4", text);
  const std::uint64_t shards = parse_count(option, text.substr(slash + 1), {1, 1'000'000});
  return {parse_count(option, text.substr(0, slash), {1, shards}), shards};
}

RunOptions::RunOptions(CLI::App& app, OptionTexts& texts, std::vector<std::string>& plugins,
                       Options& options)
    : texts_(texts), options_(options) {
  app.add_option("PLUGIN.so", plugins, "A plugin (.so), or a directory of them")
      ->required()
      ->type_name("");
  in_group(app, "Engine", [&] { add_engine(app); });
  in_group(app, "Traffic", [&] { add_traffic(app); });
  in_group(app, "EVE", [&] { add_eve(app); });
}

void RunOptions::finish() {
  if (!options_.pcaps.empty()) check_pcap();
  if (pcap_continuous_) {  // as Suricata's --pcap-file-continuous
    if (options_.pcaps.empty())
      throw UsageError("--pcap-continuous: expected a directory; give it with --pcap");
    options_.config_settings.emplace_back("pcap-file.continuous=true");
  }
  if (!options_.capture_plugin.empty()) check_capture_plugin();
  if (!devices_.empty()) options_.devices = devices_;
  // A device needs a live capture, which is the default only in workers mode.
  if (!devices_.empty() && !options_.capture) options_.capture = Capture::af_packet;
  if (!devices_.empty() && options_.capture == Capture::pcap_file)
    throw UsageError(
        "--device: a capture from a pcap file has no device; expected --capture af-packet or pcap");
  for (Fault& fault : options_.faults) add_device_name(fault, options_);
  // Only switches off: a scenario may have done so, too.
  if (no_stats_) options_.stats = false;
  if (no_command_socket_) options_.command_socket = false;
  check_eve();
}

// A capture plugin has its own run modes, and no use for options of generated traffic or devices.
void RunOptions::check_capture_plugin() {
  std::string useless = texts_.given_for_generated();
  if (useless.empty())
    useless = texts_.given({"--device", "--receive-threads", "--capture", "--repeat"});
  if (!useless.empty())
    throw UsageError("{}: does not apply to a capture plugin; expected it without --capture-plugin",
                     useless);
  if (!texts_.given({"--mode"}).empty()) options_.capture_plugin_mode = to_string(options_.mode);
}

// With a capture file, options of generated traffic have no effect; Suricata's default is autofp.
void RunOptions::check_pcap() {
  const std::string generated = texts_.given_for_generated();
  if (!generated.empty())
    throw UsageError("{}: applies only to generated traffic; expected it without --pcap",
                     generated);
  if (!devices_.empty())
    throw UsageError("--device: a capture file has no device; expected it without --pcap");
  if (texts_.given({"--mode"}).empty()) options_.mode = Mode::autofp;
}

void RunOptions::check_eve() const {
  const EveOptions& eve = options_.eve;
  if (eve.file == "-")
    throw UsageError("--eve: stdout carries the report; expected a file, or /dev/stderr");
  if (eve.threaded && eve.filetype.empty())
    throw UsageError(
        "--eve-threaded: applies to a plugin's file type; expected --eve-filetype too");
}

void RunOptions::add_engine(CLI::App& app) {
  Options& o = options_;
  texts_.add_count("--threads", "worker threads (in workers mode: per device)", o.threads,
                   count_range::kThreads);
  texts_.add("--suricata", "version of Suricata: 8.0 or 9.0 (the plugin's)", "VERSION",
             [&](auto& name, auto& text) {
               o.suricata = choose<Suricata>(name, text, {Suricata::v8_0, Suricata::v9_0});
             });
  texts_.add("--mode", "workers, autofp or single (workers; with --pcap autofp)", "MODE",
             [&](auto& name, auto& text) {
               o.mode = choose<Mode>(name, text, {Mode::workers, Mode::autofp, Mode::single});
             });
  texts_.add("--capture", "pcap-file, af-packet or pcap (af-packet for workers, else pcap-file)",
             "CAPTURE", [&](auto& name, auto& text) {
               o.capture = choose<Capture>(
                   name, text, {Capture::pcap_file, Capture::af_packet, Capture::pcap_live});
             });
  texts_.add("--capture-plugin",
             "packets come from the plugin that registers a capture of this name; --mode names its "
             "run mode",
             "NAME",
             [&](auto& name, auto& text) { o.capture_plugin = not_empty(name, "a name", text); });
  texts_.add("--capture-plugin-args", "what the capture plugin's Init gets", "ARGS",
             [&](auto&, auto& text) { o.capture_plugin_args = text; });
  texts_.add_many(
      "--device",
      "network device of a live capture (eth0); eth0=2: with 2 capturing threads; may be "
      "repeated",
      "NAME", [&](auto& name, auto& text) { devices_.push_back(not_empty(name, "a name", text)); });
  texts_.add("--engine", "normal, config-test, engine-analysis or unix-socket (normal)", "ENGINE",
             [&](auto& name, auto& text) {
               o.engine =
                   choose<EngineMode>(name, text,
                                      {EngineMode::normal, EngineMode::config_test,
                                       EngineMode::engine_analysis, EngineMode::unix_socket});
             });
  texts_.add_count("--repeat", "thread lifecycles after one registration", o.lifecycles,
                   count_range::kLifecycles);
  texts_.add_count("--receive-threads", "RX threads in autofp from a live capture",
                   o.receive_threads, count_range::kReceiveThreads);
  texts_.add_count("--flow-managers", "FM threads", o.flow_managers, count_range::kFlowManagers);
  texts_.add_count("--flow-recyclers", "FR threads", o.flow_recyclers, count_range::kFlowRecyclers);
  texts_.add_count("--detect-loaders", "DL threads", o.detect_loaders, count_range::kDetectLoaders);
  texts_.add_file("--config", kConfigHelp, o.config_file);
  add_settings(texts_, [&](auto&, auto& text) { o.config_settings.push_back(text); });
  texts_.add("--log-level",
             names_of(kLogLevels) +
                 " (notice): the plugin's log messages up to it; SCLogDebug "
                 "needs a plugin built with -DDEBUG, as in Suricata",
             "LEVEL",
             [&](auto& name, auto& text) { o.log_level = choose(name, text, kLogLevels).level; });
  app.add_flag("--bypass-manager", o.bypass_manager, "start the thread FB");
  app.add_flag("--no-stats", no_stats_, "do not start the threads CW and CS");
  app.add_flag("--no-command-socket", no_command_socket_, "do not start the thread US");
  add_invariants(texts_, [&](auto&, auto& text) { o.invariants.push_back(text); });
  texts_.add_many(
      "--fail",
      "inject a fault: init:THREAD, start:THREAD, run:THREAD, create:THREAD, spawn:THREAD, "
      "paused, signal, alloc:K, host-alloc:K, set:K, register:K or register:SLOT; K counts from 1, "
      "and * instead of K tries each in turn (docs/faults.md); may be repeated",
      "WHAT", [&](auto& name, auto& text) { add_fault(name, text); });
}

void RunOptions::add_fault(const std::string& option, const std::string& text) {
  if (const auto sweep = parse_sweep(text)) {
    if (sweep_)
      throw UsageError("{}: expected one kind with * at most, got {}:* and {}", option,
                       to_string(*sweep_), text);
    sweep_ = sweep;
    return;
  }
  auto fault = parse_fault(text);
  if (!fault) throw UsageError("{}: {}", option, fault.error().message);
  options_.faults.push_back(std::move(*fault));
}

void RunOptions::add_traffic(CLI::App& app) {
  TrafficOptions& t = options_.traffic;
  texts_.add_many("--pcap",
                  "packets of a pcap or pcapng file, gzipped or not, or of a directory of them, "
                  "instead of generated ones; may be repeated: one after another, in engine "
                  "unix-socket a lifecycle each",
                  "FILE", [&](auto& name, auto& text) {
                    options_.pcaps.push_back(not_empty(name, "a file name", text));
                  });
  app.add_flag(
      "--pcap-continuous", pcap_continuous_,
      "also read the files that appear later in the directories of --pcap, each once it has "
      "been unchanged for 30 s (pcap-file.delay), until the run is interrupted or reaches "
      "its --time-limit");
  texts_.add_count("--flows", "number of flows", t.flows, count_range::kFlows);
  texts_.add_count("--packets-per-flow", "mean number of packets in a flow", t.packets_per_flow,
                   count_range::kPacketsPerFlow);
  app.add_flag("--exact-packets", t.exact_packets, "every flow has exactly that many packets");
  texts_.add_count("--open-flows", "flows that a worker has open at a time", t.open_flows,
                   count_range::kOpenFlows);
  texts_.add_count("--seed", "the same seed makes the same flows", t.seed, {0, UINT64_MAX});
  texts_.add_share("--ipv6", "share of flows over IPv6", t.ipv6);
  texts_.add_share("--udp", "share of UDP flows", t.udp);
  texts_.add_share("--icmp", "share of ICMP flows; the rest is TCP", t.icmp);
  texts_.add(
      "--ends",
      "how flows end: recycler, pressure, bucket, reuse, handed-back, backstop; others get 0",
      "KIND=SHARE,...", [&](auto& name, auto& text) { t.ends = parse_ends(name, text); });
}

void RunOptions::add_eve(CLI::App& app) {
  EveOptions& e = options_.eve;
  texts_.add_file("--eve", "write EVE records to FILE, one JSON object per line", e.file);
  texts_.add("--eve-filetype", "write EVE records to a plugin's file type", "NAME",
             [&](auto& name, auto& text) { e.filetype = not_empty(name, "a name", text); });
  app.add_flag("--eve-threaded", e.threaded, "the file type has its own data on each thread");
  texts_.add_share("--alerts", "share of generated packets with an EVE alert record",
                   options_.traffic.alerts);
}

void check_files(const std::vector<std::string>& plugins, const Options& options,
                 const ReportTo& to, std::vector<NamedFile> read, std::vector<NamedFile> written) {
  for (const std::string& plugin : plugins) read.push_back({"the plugin", plugin});
  for (const std::string& pcap : pcaps_of(options)) read.push_back({"--pcap", pcap});
  read.push_back({"--config", options.config_file});
  written.push_back({"--eve", options.eve.file});
  for (const Target& target : to.targets) written.push_back({"--output", target.file});
  require_distinct_files(read, written);
}

}  // namespace surisim::cli
