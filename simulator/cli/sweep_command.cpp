// surisim run --fail KIND:*: a run for each fault of a kind, and a report of those whose verdict
// fails.
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "rules/found.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::ordered_json;

// A run in which the injected fault made the verdict fail.
struct FailingRun {
  std::string fault;  // "alloc:3"
  Options options;
  Summary summary;
  ReportOptions how;
};

struct Sweep {
  std::string kind;
  std::uint64_t tried = 0;  // faults
  std::string cut_short;    // why not all were tried; empty: all were
  sandbox::Stop stop;
  std::vector<FailingRun> failing;
  std::vector<PluginInfo> plugins;  // of the first run
};

// Equal for runs with the same violations, which are reported once.
std::string signature(const FailingRun& run) {
  std::string all;
  for (const Violation& v : run.summary.violations)
    if (v.severity >= run.how.fail_on) all += same::under_other_faults(v) + "\n";
  return all;
}

bool was_hit(const Summary& summary) {
  // A process that crashed early could not report that the fault was hit.
  return summary.faults.empty() ? !summary.violations.empty() : summary.faults.back().hit;
}

// "… --fail 'alloc:*' …" with this fault instead of "alloc:*".
std::string with_fault(std::string command, const std::string& kind, const std::string& fault) {
  for (const std::string option : {"", "--fail="}) {
    const std::string all = fmt::format("'{}{}:*'", option, kind);
    if (const std::size_t at = command.find(all); at != std::string::npos)
      return command.replace(at, all.size(), option + fault);
  }
  return command;
}

// The time limit applies to all runs together.
sandbox::ChildLimits limits_since(sandbox::ChildLimits limits, Clock::time_point begin) {
  const auto spent = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin);
  std::uint64_t& seconds = limits.run_seconds;
  if (seconds != 0) seconds -= std::min(seconds - 1, static_cast<std::uint64_t>(spent.count()));
  return limits;
}

Sweep try_all(const RunArguments& arguments) {
  const Clock::time_point begin = Clock::now();
  Sweep sweep;
  sweep.kind = to_string(*arguments.sweep);
  for (std::uint64_t k = 1;; ++k) {
    if (k > arguments.sweep_limit) {
      sweep.cut_short = fmt::format(
          "the limit of {} was reached, and there may be more faults: a smaller --flows makes "
          "fewer, --sweep-limit allows more",
          arguments.sweep_limit);
      return sweep;
    }
    RunArguments once = arguments;
    once.limits = limits_since(arguments.limits, begin);
    Fault fault{*arguments.sweep};
    fault.at = k;
    once.options.faults.push_back(fault);
    once.report.reproduce = with_fault(arguments.report.reproduce, sweep.kind, to_string(fault));
    FinishedRun run = run_once(once, EventsFile());
    Summary& summary = run.result.summary;
    if (!was_hit(summary)) return sweep;
    ++sweep.tried;
    if (sweep.plugins.empty()) sweep.plugins = summary.plugins;
    if (verdict_of(summary, run.how) == Verdict::fail)
      sweep.failing.push_back(
          {to_string(fault), std::move(once.options), std::move(summary), std::move(run.how)});
    if (run.stop) {
      sweep.stop = run.stop;
      sweep.cut_short = cause_of(run.stop, arguments.limits);
      return sweep;
    }
  }
}

std::string title_of(const FailingRun& run) {
  if (run.summary.faults.empty()) return run.fault + "\n";
  const FaultSummary& f = run.summary.faults.back();
  std::string out = run.fault;
  for (const std::string& part : {f.what, f.thread, f.callback, f.call_site})
    if (!part.empty()) out += (out == run.fault ? "  " : ", ") + part;
  if (!f.source.empty()) out += fmt::format(" ({})", f.source);
  return out + "\n";
}

std::string run_text(const FailingRun& run, bool color) {
  ReportOptions how = run.how;
  how.color = color;
  return violations_text(run.summary, run.options, std::move(how));
}

Verdict verdict_of(const Sweep& sweep) {
  if (!sweep.failing.empty()) return Verdict::fail;
  return sweep.stop ? Verdict::incomplete : Verdict::pass;
}

int exit_status(const Sweep& sweep) {
  if (sweep.stop) return status_of(sweep.stop);
  return sweep.failing.empty() ? kClean : kViolations;
}

std::string sweep_text(const Sweep& sweep, bool color) {
  std::string out;
  std::vector<std::string> reported;
  for (const FailingRun& run : sweep.failing) {
    const std::string mine = signature(run);
    if (std::find(reported.begin(), reported.end(), mine) != reported.end()) continue;
    reported.push_back(mine);
    out += title_of(run) + run_text(run, color);
    std::vector<std::string> same;
    for (const FailingRun& other : sweep.failing)
      if (&other != &run && signature(other) == mine) same.push_back(other.fault);
    constexpr std::size_t kMax = 8;
    const std::size_t more = same.size() > kMax ? same.size() - kMax : 0;
    same.resize(same.size() - more);
    if (!same.empty())
      out += fmt::format("the same with {}{}\n\n", fmt::join(same, ", "),
                         more > 0 ? fmt::format(" and {} more", more) : "");
  }
  const std::string tried = fmt::format("{} {} of {}:* tried", sweep.tried,
                                        sweep.tried == 1 ? "fault" : "faults", sweep.kind);
  if (!sweep.cut_short.empty()) out += sweep.cut_short + "\n";
  if (sweep.failing.empty() && sweep.stop)
    return out + fmt::format("verdict: incomplete  {}; {}\n", tried, sweep.cut_short);
  if (sweep.failing.empty())
    return out + fmt::format("verdict: pass  {}, the plugin handled all\n", tried);
  return out + fmt::format("verdict: fail  {}, {} not handled\n", tried, sweep.failing.size());
}

std::string sweep_json(const Sweep& sweep) {
  ordered_json out;
  ordered_json failing = ordered_json::array();
  for (const FailingRun& run : sweep.failing) {
    const auto report = ordered_json::parse(json_report(run.summary, run.options, run.how));
    failing.push_back({{"fault", run.fault},
                       {"faults", report["faults"]},
                       {"violations", report["violations"]},
                       {"reproduce", report["reproduce"]}});
  }
  out["tool"] = {{"name", "surisim"}, {"version", version()}};
  out["sweep"] = sweep.kind + ":*";
  out["failures"] = sweep.tried;
  out["cut_short"] = sweep.cut_short.empty() ? ordered_json() : ordered_json(sweep.cut_short);
  out["verdict"] = to_string(verdict_of(sweep));
  out["harm"] = std::move(failing);
  return out.dump(2) + "\n";
}

// All violations as those of one run, each once, with its fault.
Summary in_one(const Sweep& sweep) {
  Summary all;
  all.plugins = sweep.plugins;
  all.stopped_by = sweep.cut_short;
  std::vector<std::string> reported;
  for (const FailingRun& run : sweep.failing) {
    std::string mine = signature(run);
    if (std::find(reported.begin(), reported.end(), mine) != reported.end()) continue;
    reported.push_back(std::move(mine));
    for (Violation v : run.summary.violations) {
      v.message = fmt::format("with --fail {}: {}", run.fault, v.message);
      all.violations.push_back(std::move(v));
    }
  }
  return all;
}

std::string sweep_report(Format format, bool color, const Sweep& sweep,
                         const RunArguments& arguments) {
  if (format == Format::text) return sweep_text(sweep, color);
  if (format == Format::json) return sweep_json(sweep);
  ReportOptions how = arguments.report;
  how.directory = current_directory();
  how.exit_status = exit_status(sweep);
  if (sweep.stop) how.error = sweep.cut_short;
  return report_in(format, in_one(sweep), arguments.options, how);
}

}  // namespace

int run_sweep(const RunArguments& arguments) {
  require_plugins(arguments.plugins);
  Outputs outputs(arguments.to);
  RunArguments each = arguments;
  each.silent = true;
  each.report.quiet = true;
  const Sweep result = try_all(each);
  outputs.write(
      [&](Format format, bool color) { return sweep_report(format, color, result, each); });
  return exit_status(result);
}

}  // namespace surisim::cli
