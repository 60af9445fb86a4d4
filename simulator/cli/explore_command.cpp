// surisim explore: runs many schedules of the threads, and reports their findings. surisim merge:
// merges the reports of shares, of surisim explore or check.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/user_input.hpp"
#include "check_report.hpp"
#include "commands.hpp"
#include "exploration.hpp"
#include "report_json.hpp"
#include "surisim/explore.hpp"
#include "terminal.hpp"

namespace surisim::cli {
namespace {

std::string progress_text(const ExploreCounts& so_far, double seconds) {
  return fmt::format("{} schedules, {:.0f}/s, {} orders, {} findings", so_far.run,
                     static_cast<double>(so_far.run) / std::max(seconds, 0.001), so_far.orders,
                     so_far.findings);
}

void write_reports(const Explored& explored, Outputs& outputs) {
  outputs.write([&](Format format, bool color) { return explore_report(format, color, explored); });
}

// Throws UsageError if they are not shares of one exploration, each once.
void require_shares_of_one(const std::vector<Explored>& shares,
                           const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const Explored& one = shares[i];
    const auto paths = [](const Explored& of) {
      std::vector<std::string> all;
      for (const PluginInfo& plugin : of.found.plugins) all.push_back(plugin.name);
      return all;
    };
    if (one.shards != shares[0].shards)
      throw UsageError("{} is of {} shares and {} of {}; expected shares of one exploration",
                       names[0], shares[0].shards, names[i], one.shards);
    if (one.config != shares[0].config)
      throw UsageError("{} and {} have other options; expected shares of one exploration", names[0],
                       names[i]);
    if (paths(one) != paths(shares[0]))
      throw UsageError("{} and {} are of other plugins; expected shares of one exploration",
                       names[0], names[i]);
  }
  require_different_shares(shares, names);
}

}  // namespace

int execute(const ExploreArguments& arguments) {
  require_plugins(arguments.run.plugins);
  Outputs outputs(arguments.run.to);
  ExploreArguments silent = arguments;
  silent.run.silent = true;
  StatusLine progress(!arguments.run.report.quiet);
  const auto draw = [&progress](const ExploreCounts& so_far) {
    progress.draw([&so_far](double seconds) { return progress_text(so_far, seconds); });
  };
  const bool alone = arguments.jobs == 1 || arguments.which.replay;
  const Explored explored = alone ? explore_here(silent, draw) : explore_in_jobs(silent, draw);
  progress.clear();
  write_reports(explored, outputs);
  return exit_status(explored);
}

int execute(const MergeArguments& arguments) {
  std::vector<std::string> texts;
  for (const std::string& file : arguments.reports) {
    auto text = base::read_text_file(file, "a JSON report of surisim explore or check");
    if (!text) throw UsageError(text.error().message);
    texts.push_back(*std::move(text));
  }
  if (is_check_json(texts.front())) return merge_checks(arguments, texts);
  std::vector<Explored> shares;
  for (std::size_t i = 0; i < texts.size(); ++i)
    shares.push_back(parse_explore_json(arguments.reports[i], texts[i]));
  require_shares_of_one(shares, arguments.reports);
  Outputs outputs(arguments.to);
  Explored all = shares[0];
  all.shard = all.shards = 1;
  all.how.directory = current_directory();
  std::vector<Exploration> found;
  for (Explored& one : shares) {
    if (one.found.stopped) all.status_if_stopped = kTimeLimit;
    found.push_back(std::move(one.found));
  }
  all.found = merged(std::move(found));
  if (const std::string why = missing_shares(shares); !why.empty()) all.found.cut_short = why;
  write_reports(all, outputs);
  return exit_status(all);
}

}  // namespace surisim::cli
