#include <fmt/format.h>

#include <array>
#include <string_view>

#include "report/callback_table.hpp"
#include "report/format.hpp"
#include "report/registrations.hpp"
#include "report/style.hpp"
#include "report/text_parts.hpp"
#include "report/value_lines.hpp"
#include "surisim/report.hpp"

namespace surisim {
namespace {

using namespace report;  // NOLINT(google-build-using-namespace): one report, cut into files

std::string first_line(const Options& options, const Style& style) {
  const Capture capture = capture_of(options);
  std::string source = to_string(capture);
  if (is_live(capture)) source += " on " + compress(options.devices);
  std::string out =
      fmt::format("{}  {}, {}, {}, ", style.bold(fmt::format("surisim {}", version())),
                  to_string(options.mode), source, count_of(options.threads, "worker"));
  out += options.pcap.empty() ? fmt::format("{}, seed {}", count_of(options.traffic.flows, "flow"),
                                            options.traffic.seed)
                              : printable(options.pcap);
  if (options.engine != EngineMode::normal) out += fmt::format(", {}", to_string(options.engine));
  if (options.lifecycles != 1) out += ", " + count_of(options.lifecycles, "lifecycle");
  if (!options.checks) out += ", checks off";
  for (const Fault& fault : options.faults) out += ", failing " + printable(to_string(fault));
  return out + "\n";
}

std::string threads_text(const Summary& summary, const Options& options, const Style& style) {
  std::vector<std::string> names;
  for (const ThreadSummary& thread : summary.threads) names.push_back(thread.name);
  std::string out = "\n" + style.bold("threads") + "  ";
  if (!names.empty()) return out + fmt::format("{}: {}\n", names.size(), compress(names));
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
  std::string out =
      fmt::format("\n{}  {}: {}, {}\n  {}: {} derived, {} without a flow\n", style.bold("capture"),
                  printable(capture.file), count_of(capture.records, "record"),
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

}  // namespace

std::string text_report(const Summary& summary, const Options& options, const ReportOptions& how) {
  const Style style(how.color);
  std::string out;
  if (!how.quiet) {
    out += first_line(options, style);
    for (const PluginInfo& plugin : summary.plugins) out += plugin_text(plugin, style);
    out += report::registrations_text(summary, style);
    out += threads_text(summary, options, style);
    out += callback_table(summary, how.verbose, style);
    out += value_lines(summary, style);
    out += report::loggers_text(summary, style);
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
  if (verdict_of(summary, how) == Verdict::fail && !how.reproduce.empty())
    out += "\nreproduce: " + how.reproduce + "\n";
  if (!out.empty()) out += "\n";
  if (how.quiet && !out.empty() && out.front() == '\n') out.erase(0, 1);
  return out + verdict_line(summary.violations, how, style);
}

}  // namespace surisim
