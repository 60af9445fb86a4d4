// surisim explore: runs many schedules of the plugins' threads, and reports what they show; surisim
// merge: reports what the shares of several machines have shown.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/user_input.hpp"
#include "commands.hpp"
#include "explore_jobs.hpp"
#include "explore_report.hpp"
#include "surisim/explore.hpp"

namespace surisim::cli {
namespace {

// A progress line on a terminal.
class ProgressLine {
 public:
  explicit ProgressLine(bool wanted) : wanted_(wanted && ::isatty(STDERR_FILENO) != 0) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { clear(); }
  void clear() {
    if (std::exchange(drawn_, false)) std::fputs("\r\x1b[K", stderr);
  }
  void draw(const ExploreCounts& so_far) {
    if (!wanted_) return;
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    fmt::print(stderr, "\r{} schedules, {:.0f}/s, {} orders, {} findings\x1b[K", so_far.run,
               static_cast<double>(so_far.run) / std::max(seconds, 0.001), so_far.orders,
               so_far.findings);
    drawn_ = true;
  }

 private:
  const bool wanted_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  bool drawn_ = false;
};

void write_reports(const Explored& explored, Outputs& outputs) {
  outputs.write([&](Format format, bool color) { return explore_report(format, color, explored); });
}

// Throws UsageError if they are not shares of one exploration, each once.
void require_shares_of_one(const std::vector<Explored>& shares,
                           const std::vector<std::string>& names) {
  std::map<std::uint64_t, std::string> files;  // by share
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
    const auto [at, is_new] = files.emplace(one.shard, names[i]);
    if (!is_new)
      throw UsageError("{} and {} are both share {} of {}; expected each once", at->second,
                       names[i], one.shard, one.shards);
  }
}

std::string missing(const std::vector<Explored>& shares) {
  std::set<std::uint64_t> there;
  for (const Explored& one : shares) there.insert(one.shard);
  const std::uint64_t all = shares[0].shards;
  if (there.size() == all) return "";
  return fmt::format("{} of {} shares are missing", all - there.size(), all);
}

}  // namespace

int execute(const ExploreArguments& arguments) {
  require_plugins(arguments.run.plugins);
  Outputs outputs(arguments.run.to);
  ExploreArguments silent = arguments;
  silent.run.silent = true;
  ProgressLine progress(!arguments.run.report.quiet);
  const auto draw = [&progress](const ExploreCounts& so_far) { progress.draw(so_far); };
  const bool alone = arguments.jobs == 1 || arguments.which.replay;
  const Explored explored = alone ? explore_here(silent, draw) : explore_in_jobs(silent, draw);
  progress.clear();
  write_reports(explored, outputs);
  return exit_status(explored);
}

int execute(const MergeArguments& arguments) {
  std::vector<Explored> shares;
  for (const std::string& file : arguments.reports) {
    const auto text = base::read_text_file(file, "a JSON report of surisim explore");
    if (!text) throw UsageError(text.error().message);
    shares.push_back(parse_explore_json(file, *text));
  }
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
  if (const std::string why = missing(shares); !why.empty()) all.found.cut_short = why;
  write_reports(all, outputs);
  return exit_status(all);
}

}  // namespace surisim::cli
