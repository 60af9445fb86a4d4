#include "sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "exit_status.hpp"
#include "output.hpp"
#include "run_and_report.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {
namespace {

using nlohmann::ordered_json;

// A failure that the plugin does not take well.
struct Harm {
  std::string fault;  // "alloc:3"
  Summary summary;
  Options options;
  ReportOptions how;
};

struct Sweep {
  std::string kind;
  std::uint64_t failures = 0;  // tried
  std::string cut_short;       // why not all were, a sentence; empty: they were
  std::vector<Harm> harms;
  std::vector<PluginInfo> plugins;  // as the first run that loaded them saw them
};

// What the failures did, without where they hit: the same harm is told once.
std::string signature(const Harm& harm) {
  std::string all;
  for (const Violation& v : harm.summary.violations)
    if (v.severity >= harm.how.fail_on)
      all += v.rule + "|" + v.call_site + "|" + v.slot + "|" + v.callback + "\n";
  return all;
}

bool was_hit(const Summary& summary) {
  // A process that is gone at once could not say.
  return summary.faults.empty() ? !summary.violations.empty() : summary.faults.back().hit;
}

// "… --fail 'alloc:*' …" with one number in the place of all.
std::string with_one(std::string command, const std::string& kind, const std::string& fault) {
  for (const std::string option : {"", "--fail="}) {
    const std::string all = fmt::format("'{}{}:*'", option, kind);
    if (const std::size_t at = command.find(all); at != std::string::npos)
      return command.replace(at, all.size(), option + fault);
  }
  return command;
}

Sweep try_all(const RunArguments& arguments) {
  Sweep sweep;
  sweep.kind = to_string(*arguments.sweep);
  for (std::uint64_t k = 1;; ++k) {
    if (k > arguments.sweep_limit) {
      sweep.cut_short = fmt::format(
          "the limit of {} was reached, and there may be more: a smaller --flows makes fewer, "
          "--sweep-limit allows more",
          arguments.sweep_limit);
      return sweep;
    }
    RunArguments once = arguments;
    Fault fault{*arguments.sweep};
    fault.at = k;
    once.options.faults.push_back(fault);
    once.report.reproduce = with_one(arguments.report.reproduce, sweep.kind, to_string(fault));
    Judged run = run_once(once);
    if (!was_hit(run.summary)) return sweep;
    ++sweep.failures;
    if (sweep.plugins.empty()) sweep.plugins = run.summary.plugins;
    if (run.status == kViolations)
      sweep.harms.push_back(
          {to_string(fault), std::move(run.summary), std::move(once.options), std::move(run.how)});
    if (run.interrupted) {
      sweep.cut_short = "interrupted on request";
      return sweep;
    }
  }
}

std::string place_of(const Harm& harm) {
  if (harm.summary.faults.empty()) return harm.fault + "\n";
  const FaultSummary& f = harm.summary.faults.back();
  std::string out = harm.fault;
  for (const std::string& part : {f.what, f.thread, f.callback, f.call_site})
    if (!part.empty()) out += (out == harm.fault ? "  " : ", ") + part;
  if (!f.source.empty()) out += fmt::format(" ({})", f.source);
  return out + "\n";
}

// The report of one run, without its verdict.
std::string harm_text(const Harm& harm, bool color) {
  ReportOptions how = harm.how;
  how.color = color;
  how.quiet = true;
  std::string text = text_report(harm.summary, harm.options, how);
  if (text.size() > 1) text.erase(text.rfind('\n', text.size() - 2) + 1);
  return text;
}

std::string sweep_text(const Sweep& sweep, bool color) {
  std::string out;
  std::vector<std::string> told;
  for (const Harm& harm : sweep.harms) {
    const std::string mine = signature(harm);
    if (std::find(told.begin(), told.end(), mine) != told.end()) continue;
    told.push_back(mine);
    out += place_of(harm) + harm_text(harm, color);
    std::vector<std::string> same;
    for (const Harm& other : sweep.harms)
      if (&other != &harm && signature(other) == mine) same.push_back(other.fault);
    constexpr std::size_t kMost = 8;
    const std::size_t more = same.size() > kMost ? same.size() - kMost : 0;
    same.resize(same.size() - more);
    if (!same.empty())
      out += fmt::format("the same with {}{}\n\n", fmt::join(same, ", "),
                         more > 0 ? fmt::format(" and {} more", more) : "");
  }
  const std::string tried =
      fmt::format("{} {} tried", sweep.failures, sweep.failures == 1 ? "failure" : "failures");
  if (!sweep.cut_short.empty()) out += sweep.cut_short + "\n";
  if (sweep.harms.empty())
    return out +
           fmt::format("verdict: pass  {} of {}:*, the plugin took them all\n", tried, sweep.kind);
  return out + fmt::format("verdict: fail  {} of {}:*, {} did harm\n", tried, sweep.kind,
                           sweep.harms.size());
}

std::string sweep_json(const Sweep& sweep) {
  ordered_json out;
  ordered_json harms = ordered_json::array();
  for (const Harm& harm : sweep.harms) {
    const auto run = ordered_json::parse(json_report(harm.summary, harm.options, harm.how));
    harms.push_back({{"fault", harm.fault},
                     {"faults", run["faults"]},
                     {"violations", run["violations"]},
                     {"reproduce", run["reproduce"]}});
  }
  out["tool"] = {{"name", "surisim"}, {"version", version()}};
  out["sweep"] = sweep.kind + ":*";
  out["failures"] = sweep.failures;
  out["cut_short"] = sweep.cut_short.empty() ? ordered_json() : ordered_json(sweep.cut_short);
  out["verdict"] = sweep.harms.empty() ? "pass" : "fail";
  out["harm"] = std::move(harms);
  return out.dump(2) + "\n";
}

// All runs as one, for formats that know of one only: each harm once, with the failure it needs.
Summary in_one(const Sweep& sweep) {
  Summary all;
  all.plugins = sweep.plugins;
  all.stopped_by = sweep.cut_short;
  std::vector<std::string> told;
  for (const Harm& harm : sweep.harms) {
    std::string mine = signature(harm);
    if (std::find(told.begin(), told.end(), mine) != told.end()) continue;
    told.push_back(std::move(mine));
    for (Violation v : harm.summary.violations) {
      v.message = fmt::format("with --fail {}: {}", harm.fault, v.message);
      all.violations.push_back(std::move(v));
    }
  }
  return all;
}

std::string sweep_report(Format format, bool color, const Sweep& sweep,
                         const RunArguments& arguments) {
  ReportOptions how = arguments.report;
  how.directory = current_directory();
  how.exit_status = sweep.harms.empty() ? kClean : kViolations;
  switch (format) {
    case Format::json:
      return sweep_json(sweep);
    case Format::junit:
      return junit_report(in_one(sweep), arguments.options, how);
    case Format::sarif:
      return sarif_report(in_one(sweep), arguments.options, how);
    default:
      return sweep_text(sweep, color);
  }
}

}  // namespace

int sweep_command(RunArguments arguments) {
  Outputs outputs(arguments.to);
  arguments.mute = true;
  arguments.report.quiet = true;
  const Sweep sweep = try_all(arguments);
  outputs.write(
      [&](Format format, bool color) { return sweep_report(format, color, sweep, arguments); });
  return sweep.harms.empty() ? kClean : kViolations;
}

}  // namespace surisim::cli
