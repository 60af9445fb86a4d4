// Writes the text report of a run: plugins, threads, callbacks, values, loggers, flows and rates,
// then the violations, and last the verdict.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "report/parts.hpp"

namespace surisim {

namespace report {

namespace {

constexpr std::size_t kManyWorkers = 8;

struct Row {
  std::vector<std::string> names;
  std::uint64_t init = 0, flow_init = 0, flow_update = 0, flow_finish = 0, packets = 0;

  void add(const ThreadSummary& t) {
    names.push_back(t.name);
    init += t.init_callbacks;
    flow_init += t.flow_init;
    flow_update += t.flow_update;
    flow_finish += t.flow_finish;
    packets += t.packets;
  }
  std::vector<std::string> cells(const std::string& label) const {
    return {label,
            grouped(init),
            grouped(flow_init),
            grouped(flow_update),
            grouped(flow_finish),
            grouped(packets)};
  }
};

bool saw_flows(const ThreadSummary& t) {
  return t.flow_init + t.flow_update + t.flow_finish + t.packets > 0;
}

std::string label_of(const Row& row) {
  const std::string names = compress(row.names);
  return names.size() <= 40 ? names : fmt::format("{} others", row.names.size());
}

// Which threads ran which callbacks (L5, L30, L31); empty without threads. Unless verbose, many
// workers share one row, and so do the threads that saw no flows.
std::string callback_table(const Summary& summary, bool verbose, const Style& style) {
  if (summary.threads.empty()) return {};
  std::size_t workers = 0;
  for (const ThreadSummary& t : summary.threads)
    if (t.kind == "packet" && saw_flows(t)) ++workers;
  const bool merge_workers = !verbose && workers > kManyWorkers;

  std::vector<Row> rows;
  Row merged;
  Row quiet;
  Row total;
  for (const ThreadSummary& t : summary.threads) {
    total.add(t);
    if (!verbose && !saw_flows(t)) {
      quiet.add(t);
    } else if (merge_workers && t.kind == "packet") {
      merged.add(t);
    } else {
      rows.emplace_back().add(t);
    }
  }

  total.packets = summary.packets;  // the sum would count a receiver's packets twice

  Table table("lrrrrr", 2);
  table.row({"thread", "thread init", "flow init", "flow update", "flow finish", "packets"});
  if (!merged.names.empty()) table.row(merged.cells(label_of(merged)));
  for (const Row& row : rows) table.row(row.cells(row.names.front()));
  if (!quiet.names.empty()) table.row(quiet.cells(label_of(quiet)));
  table.row(total.cells("total"));
  return "\n" + style.bold("callbacks by thread") + "\n" + table.str();
}

// Threads of one kind: the same name before the number, "W", "FR", "main".
struct Family {
  std::string_view prefix;
  std::vector<std::string> names;
  std::uint64_t n = 0;
};

// "1,300 on FR#01, 700 on W#01 … W#04".
std::string by_family(const std::vector<ValueSummary::On>& on,
                      std::uint64_t ValueSummary::On::*number) {
  std::vector<Family> families;
  for (const ValueSummary::On& o : on) {
    if (o.*number == 0) continue;
    const std::string_view prefix = std::string_view(o.thread).substr(0, o.thread.find('#'));
    auto at = std::find_if(families.begin(), families.end(),
                           [&](const Family& f) { return f.prefix == prefix; });
    if (at == families.end()) at = families.insert(families.end(), {prefix, {}, 0});
    at->names.push_back(o.thread);
    at->n += o.*number;
  }
  std::string out;
  for (const Family& f : families)
    out += fmt::format("{}{} on {}", out.empty() ? "" : ", ", grouped(f.n), compress(f.names));
  return out;
}

std::string value_line(const ValueSummary& v) {
  if (v.made == 0) return "never set";
  std::string made = by_family(v.on, &ValueSummary::On::made);
  std::string freed = by_family(v.on, &ValueSummary::On::freed);
  if (made.empty()) made = grouped(v.made);
  if (freed.empty()) freed = grouped(v.freed);
  std::string out = fmt::format("made {}; freed {}", made, freed);
  if (v.taken > 0) out += fmt::format("; {} taken out by the plugin", grouped(v.taken));
  if (v.kept > 0)
    out += fmt::format("; {} kept on {}, whose storage Suricata never frees (L27)", grouped(v.kept),
                       v.kept == 1 ? "a command thread" : "command threads");
  if (v.left > 0) out += fmt::format("; {} left at the end", grouped(v.left));
  return out;
}

// Where values were created and freed, by slot (L25 to L27, L31, L32); empty if no slot held a
// value.
std::string value_lines(const Summary& summary, const Style& style) {
  if (summary.values.empty()) return {};
  Table table("lll", 2);
  for (const ValueSummary& v : summary.values)
    table.row({printable(v.slot), v.storage + " slot", value_line(v)});
  return "\n" + style.bold("values") + "\n" + table.str();
}

std::string registrations_text(const Summary& summary, const Style& style) {
  if (summary.registrations.empty()) return {};
  Table table("llll", 2);
  for (const ListedInfo& r : summary.registrations)
    table.row({r.kind, printable(r.name), r.id < 0 ? "" : fmt::format("id {}", r.id),
               r.plugin.empty() ? "" : "by " + printable(r.plugin)});
  return "\n" + style.bold("registered") + " (listed only: nothing drives it here)\n" + table.str();
}

// All loggers, and for those that never ran the reason.
std::string loggers_text(const Summary& summary, const Style& style) {
  if (summary.loggers.empty()) return {};
  Table table("lllrl", 2);
  std::string silent;
  for (const LoggerInfo& logger : summary.loggers) {
    const bool ran = logger.why_silent.empty();
    table.row({logger.kind, printable(logger.name),
               logger.app_proto.empty() ? "" : "of " + printable(logger.app_proto),
               ran ? grouped(logger.runs) : "0", logger.runs == 1 ? "run" : "runs"});
    if (!ran)
      silent += wrapped(fmt::format("{} never ran: {}", printable(logger.name), logger.why_silent),
                        2, 100);
  }
  return "\n" + style.bold("loggers") + "\n" + table.str() + silent;
}

// The plugin's statistics counters, over all threads.
std::string counters_text(const Summary& summary, const Style& style) {
  if (summary.counters.empty()) return {};
  Table table("lrl", 2);
  for (const CounterInfo& one : summary.counters)
    table.row(
        {printable(one.name),
         (one.value < 0 ? "-" : "") + grouped(static_cast<std::uint64_t>(std::abs(one.value))),
         one.kind == "sum" ? "" : one.kind});
  return "\n" + style.bold("counters") + "\n" + table.str();
}

// How often each function of a file type was called.
std::string file_types_text(const Summary& summary, const Style& style) {
  if (summary.file_types.empty()) return {};
  Table table("ll", 2);
  for (const FileTypeInfo& type : summary.file_types)
    table.row(
        {printable(type.name),
         type.inits == 0
             ? "no EVE output uses it"
             : fmt::format("{} Init, {} ThreadInit, {} Write, {} ThreadDeinit, {} Deinit",
                           grouped(type.inits), grouped(type.thread_inits), grouped(type.writes),
                           grouped(type.thread_deinits), grouped(type.deinits))});
  return "\n" + style.bold("EVE file types") + "\n" + table.str();
}

std::string plugin_threads_text(const PluginThreadsSummary& threads, const Style& style) {
  if (threads.started == 0) return {};
  std::string out = fmt::format("\n{}  {} started, {} joined", style.bold("plugins' threads"),
                                grouped(threads.started), grouped(threads.joined));
  const std::uint64_t left = threads.started - threads.joined;
  if (left > 0) out += fmt::format(", {} never joined", grouped(left));
  if (threads.detached > 0) out += fmt::format(" ({} detached)", grouped(threads.detached));
  if (threads.running > 0) out += fmt::format(", {} still running", grouped(threads.running));
  return out + "\n";
}

std::uint32_t workers_of(const Options& options) {
  if (options.mode == Mode::single) return 1;
  if (options.mode == Mode::autofp) return options.threads;
  std::uint32_t all = 0;
  for (const std::string& device : options.devices)
    all += device_from(device).threads.value_or(options.threads);
  return all;
}

// "capture plugin ring, run mode single".
std::string capture_plugin_text(const Options& options) {
  const std::string& mode = options.capture_plugin_mode;
  return "capture plugin " + printable(options.capture_plugin) +
         (mode.empty() ? "" : ", run mode " + printable(mode));
}

std::string first_line(const Options& options, Suricata version, const Style& style) {
  const Capture capture = capture_of(options);
  const std::vector<std::string> pcaps = pcaps_of(options);
  std::string source = to_string(capture);
  if (is_live(capture)) source += " on " + compress(options.devices);
  std::string out =
      fmt::format("{}  Suricata {}, ", style.bold(fmt::format("surisim {}", surisim::version())),
                  release_of(version));
  if (capture == Capture::plugin) {
    out += capture_plugin_text(options);
  } else {
    out += fmt::format("{}, {}, {}, ", to_string(options.mode), source,
                       count_of(workers_of(options), "worker"));
    out += options.traffic.by_hand ? "traffic by hand"
           : pcaps.empty()     ? fmt::format("{}, seed {}", count_of(options.traffic.flows, "flow"),
                                             options.traffic.seed)
           : pcaps.size() == 1 ? printable(pcaps.front())
                               : count_of(pcaps.size(), "capture");
  }
  if (options.engine != EngineMode::normal) out += fmt::format(", {}", to_string(options.engine));
  const std::uint64_t lifecycles = lifecycles_of(options);
  if (lifecycles != 1) out += ", " + count_of(lifecycles, "lifecycle");
  if (!options.checks) out += ", checks off";
  for (const Fault& fault : options.faults) out += ", failing " + printable(to_string(fault));
  return out + "\n";
}

// Explains the threads' names, each kind once.
std::string legend(const std::vector<std::string>& names) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kKinds = {
      {{"US", "commands from the Unix socket"},
       {"RX", "receiver"},
       {"W", "worker"},
       {"FM", "flow manager"},
       {"FR", "flow recycler"},
       {"FB", "manager of bypassed flows"},
       {"CW", "counters' wake-up"},
       {"CS", "counters' output"},
       {"DL", "detection loader"},
       {"HB", "heartbeat"}}};
  std::string out;
  for (const auto& [kind, meaning] : kKinds) {
    const bool there =
        std::any_of(names.begin(), names.end(), [which = kind](const std::string& name) {
          return std::string_view(name).substr(0, name.find('#')) == which;
        });
    if (there) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", kind, meaning);
  }
  return out;
}

std::string threads_text(const Summary& summary, const Options& options, const Style& style) {
  std::vector<std::string> names;
  for (const ThreadSummary& thread : summary.threads) names.push_back(thread.name);
  std::string out = "\n" + style.bold("threads") + "  ";
  if (!names.empty())
    return out + fmt::format("{}: {}\n", names.size(), compress(names)) +
           style.dim(wrapped(legend(names), 2, 100));
  const bool none_wanted =
      options.engine == EngineMode::config_test || options.engine == EngineMode::engine_analysis;
  out += "none";
  if (none_wanted)
    out += fmt::format(": {} ends before threads are made (L4)", to_string(options.engine));
  return out + "\n";
}

std::string capture_text(const Summary& summary, const Style& style) {
  const CaptureSummary& capture = summary.capture;
  if (capture.file.empty()) return {};
  const std::string files = capture.files > 1 ? count_of(capture.files, "file") + ", " : "";
  std::string out = fmt::format(
      "\n{}  {}: {}{}, {}\n  {}: {} derived, {} without a flow\n", style.bold("capture"),
      printable(capture.file), files, count_of(capture.records, "record"),
      count_of(capture.bytes, "byte"), count_of(summary.packets, "packet"),
      grouped(capture.derived), grouped(summary.packets_no_flow));
  if (!capture.damage.empty()) out += "  " + printable(capture.damage) + "\n";
  return out;
}

std::string protocols_of(const FlowSummary& flows) {
  std::string out = fmt::format("{} TCP, {} UDP, {} ICMP", grouped(flows.tcp), grouped(flows.udp),
                                grouped(flows.icmp));
  if (flows.sctp > 0) out += fmt::format(", {} SCTP", grouped(flows.sctp));
  if (flows.other > 0) out += fmt::format(", {} of other protocols", grouped(flows.other));
  return out;
}

std::string flows_text(const FlowSummary& flows, const Style& style) {
  if (flows.started == 0) return {};
  std::string out =
      fmt::format("\n{}  {}: {}; {} IPv4, {} IPv6\n", style.bold("flows"), grouped(flows.started),
                  protocols_of(flows), grouped(flows.ipv4), grouped(flows.ipv6));
  struct End {
    std::uint64_t n;
    std::string_view finish;
    std::string_view how;
  };
  const std::array ends = {
      End{flows.finished_by_recycler, "finish", "timed out, on a recycler"},
      End{flows.finished_at_shutdown, "finish", "at shutdown, on a recycler"},
      End{flows.finished_by_worker, "finish", "taken by a worker under memory pressure"},
      End{flows.ended_in_bucket, "no finish", "found timed out by a worker"},
      End{flows.ended_by_reuse, "no finish", "TCP reuse"},
      End{flows.ended_handed_back, "no finish", "TCP with data, back to its worker"},
      End{flows.ended_at_shutdown, "no finish", "TCP with data, at shutdown"},
      End{flows.ended_by_backstop, "no finish", "backstop of the shutdown"},
      End{flows.lost_by_exit, "lost", "the engine exited first"},
  };
  Table table("rrll", 2);
  for (const End& end : ends)
    if (end.n > 0)
      table.row({grouped(end.n), percent(end.n, flows.started), std::string(end.finish),
                 std::string(end.how)});
  return out + table.str() +
         fmt::format("  {} got a finish callback, the others did not (L32)\n",
                     percent(flows.with_finish(), flows.started));
}

std::string rates_text(const Summary& summary, const Style& style) {
  if (summary.packets == 0 || summary.traffic_seconds <= 0) return {};
  const std::uint64_t callbacks =
      summary.flow_init_callbacks + summary.flow_update_callbacks + summary.flow_finish_callbacks;
  return fmt::format("\n{}  {} flow callbacks, {} packets, in {} of traffic; {} in all\n",
                     style.bold("rates"),
                     rate(static_cast<double>(callbacks) / summary.traffic_seconds),
                     rate(static_cast<double>(summary.packets) / summary.traffic_seconds),
                     duration(summary.traffic_seconds), duration(summary.total_seconds));
}

std::string phases_text(const Summary& summary, const Style& style) {
  if (summary.phases.empty()) return {};
  Table table("lr", 2);
  for (const PhaseTime& phase : summary.phases) table.row({phase.name, duration(phase.seconds)});
  return "\n" + style.bold("phases") + "\n" + table.str();
}

// Why an injected fault was not reached.
std::string not_reached(const std::string& text) {
  using Kind = Fault::Kind;
  const auto fault = parse_fault(text);
  if (!fault || fault->at > 0) return "not reached: the run has fewer";
  switch (fault->kind) {
    case Kind::slot_register:
      return "not reached: no slot of that name was registered";
    case Kind::kill_while_paused:
      return "not reached: the threads were never all paused";
    case Kind::stop_signal:
      return "not reached: no capture was read";
    default:
      return "not reached: no thread of that name got that far";
  }
}

// Where the injected faults hit.
std::string faults_text(const std::vector<FaultSummary>& faults, const ReportOptions& how,
                        const Style& style) {
  Table table("ll", 2);
  bool any = false;
  for (const FaultSummary& fault : faults) {
    if (how.quiet && fault.hit) continue;
    any = true;
    Violation at;
    at.phase = fault.phase;
    at.thread = fault.thread;
    at.callback = fault.callback;
    at.call_site = fault.call_site;
    at.source = fault.source;
    const std::string what = fault.what.empty() ? "" : printable(fault.what) + ", ";
    table.row({printable(fault.fault),
               fault.hit ? what + where(at, how.directory) : not_reached(fault.fault)});
  }
  if (!any) return {};
  return "\n" + style.bold("injected faults") + "\n" + table.str();
}

std::string golden_text(const ReportOptions& how, const Style& style) {
  const GoldenResult& golden = how.golden;
  if (golden.file.empty() || (golden.same() && how.quiet)) return {};
  const std::string head = "\n" + style.bold("lifecycle") + "  ";
  const std::string file = printable(golden.file);
  if (golden.same()) return head + fmt::format("as in {}\n", file);
  if (golden.differences.empty())
    return head + fmt::format("not compared with {}: {}\n", file, printable(golden.not_compared));
  return head +
         fmt::format("differs from {}: - recorded, + now, > moved, ~ with another result\n", file) +
         to_text(golden.differences);
}

std::string scenario_text(const ReportOptions& how, const Style& style) {
  const ScenarioResult& scenario = how.scenario;
  if (scenario.file.empty() || (scenario.unmet.empty() && how.quiet)) return {};
  std::string out = fmt::format("\n{}  {}:{} \"{}\"{}\n", style.bold("scenario"),
                                printable(scenario.file), scenario.line, printable(scenario.name),
                                scenario.unmet.empty() ? ": as expected" : "");
  for (const UnmetLine& unmet : scenario.unmet) {
    std::string text = unmet_text(scenario, unmet);
    for (std::size_t at = 0; (at = text.find('\n', at)) != text.npos; ++at)
      text.insert(at + 1, "  ");
    out += "  " + text + "\n";
  }
  return out;
}

}  // namespace

}  // namespace report

std::string text_report(const Summary& summary, const Options& options, const ReportOptions& how) {
  using namespace report;  // NOLINT(google-build-using-namespace)
  const Style style(how.color);
  std::string out;
  if (!how.quiet) {
    out += first_line(options, summary.suricata, style);
    for (const PluginInfo& plugin : summary.plugins) out += plugin_text(plugin, style);
    out += registrations_text(summary, style);
    out += threads_text(summary, options, style);
    out += callback_table(summary, how.verbose, style);
    out += value_lines(summary, style);
    out += loggers_text(summary, style);
    out += counters_text(summary, style);
    out += file_types_text(summary, style);
    out += plugin_threads_text(summary.plugin_threads, style);
    out += capture_text(summary, style);
    out += flows_text(summary.flows, style);
    out += rates_text(summary, style);
    if (how.verbose) out += phases_text(summary, style);
  }
  out += faults_text(summary.faults, how, style);
  out += violations_text(summary.violations, how, style);
  if (!summary.stopped_by.empty())
    out += fmt::format("\n{}  {}\n", style.bold("stopped"), printable(summary.stopped_by));
  out += golden_text(how, style);
  out += scenario_text(how, style);
  if (verdict_of(summary, how) != Verdict::pass && !how.reproduce.empty())
    out += "\nreproduce: " + how.reproduce + "\n";
  if (!out.empty()) out += "\n";
  if (how.quiet && !out.empty() && out.front() == '\n') out.erase(0, 1);
  return out + verdict_line(summary.violations, how, style);
}

}  // namespace surisim
