// Runs many schedules (schedule.hpp) of one run, and collects what they show.
//
// When:    at any time. The caller's ScheduleRunner runs each schedule.
// Owner:   values; the caller owns the ScheduleRunner.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "surisim/plugin.hpp"
#include "surisim/schedule.hpp"
#include "surisim/summary.hpp"
#include "surisim/violation.hpp"

namespace surisim {

struct ExploreOptions {
  std::uint64_t schedules = 200;               // how many, from 1
  std::optional<std::uint64_t> seconds = {};   // how long, instead of how many
  std::string strategy = {};                   // empty: all strategies in turn
  std::uint64_t seed = 1;                      // the schedules' seeds are derived from it
  std::optional<ScheduleOptions> replay = {};  // only this schedule
  // Runs only the `shard`-th (from 1) of `shards` equal shares, and schedule 1, which all shares
  // run.
  std::uint64_t shard = 1;
  std::uint64_t shards = 1;
  bool stop_on_first = false;  // stops at the first finding of `fail_on` or above
  Severity fail_on = Severity::error;
  bool watch = true;               // ScheduleOptions::watch
  Severity show = Severity::note;  // violations below it are not findings
  bool keep_each = false;          // fills Exploration::each
  // Called before each schedule; returns the number of the last one to run. Empty: all are run.
  std::function<std::uint64_t()> last_wanted = {};
};

// One schedule, run.
struct ScheduleRun {
  Summary summary;        // without suppressed violations
  std::string cut_short;  // why no other schedule can be run; empty: others can
};

struct NumberedSchedule {
  std::uint64_t number = 0;  // from 1
  ScheduleOptions schedule;
};

// A schedule that was run.
struct RanSchedule {
  std::uint64_t number = 0;
  std::optional<std::uint32_t> order = {};  // nullopt: the run did not reach its end
  std::uint64_t points = 0;
  std::uint64_t choices = 0;  // as in ScheduleSummary
};

// Runs schedules, for the exploration.
class ScheduleRunner {
 public:
  // Returns the schedule after the one that was run; nullopt: it was the last.
  using Next = std::function<std::optional<NumberedSchedule>(const RanSchedule&)>;
  // Takes the result of a run. False: no other run is wanted.
  using Take = std::function<bool(const NumberedSchedule&, ScheduleRun)>;

  virtual ~ScheduleRunner() = default;
  // Runs the schedule as if nothing had run before it.
  virtual ScheduleRun run(const ScheduleOptions& schedule) = 0;
  // Runs `first` and any number of the schedules after it, in order.
  virtual void run_some(const NumberedSchedule& first, const Next& next, const Take& take) {
    (void)next;
    (void)take(first, run(first.schedule));
  }
  // Why it was stopped from outside, and runs no other schedule; empty: it was not.
  virtual std::string stopped() const { return ""; }
  // Why each schedule needs a separate process; empty: it does not, or always has one.
  virtual std::string why_alone() const { return ""; }
};

// A violation, and the first schedule that showed it.
struct Finding {
  Violation violation;
  std::uint64_t number = 0;  // of the schedule
  std::string schedule;      // for --replay
  bool repeated = false;     // a second run of the schedule showed it too
  // What the fewest orders that show the violation do, in a sentence; empty: the schedule could not
  // be simplified, or needs no orders.
  std::string explanation = {};
  std::vector<ScheduleStep> steps = {};  // the last steps in the plugins' code
};

// All schedules with at most this many delays were run, each of which passes over a thread once.
struct AllDelays {
  std::uint64_t delays = 0;
  std::uint64_t points = 0;  // accesses that were scheduling points
  std::uint64_t places = 0;  // accesses that conflict, which include `points`
};

// The result of an exploration.
struct Exploration {
  // How many schedules were run, without repetitions and without those tried for a race that was
  // not seen in schedule 1.
  std::uint64_t run = 0;
  std::set<std::uint32_t> orders;  // different ScheduleSummary::order
  std::uint64_t points = 0;        // in all schedules
  double seconds = 0;
  std::vector<Finding> findings;            // in the order of their schedules
  RanSchedule first;                        // schedule 1, which all shares run
  std::vector<RanSchedule> each;            // with ExploreOptions::keep_each
  std::vector<PluginInfo> plugins;          // of schedule 1
  std::optional<AllDelays> complete;        // with the strategy "delays"
  std::string cut_short;                    // why not all schedules were run; empty: all were
  bool stopped = false;                     // it was stopped from outside
  std::string alone;                        // ScheduleRunner::why_alone()
  std::string not_watched;                  // ScheduleSummary::not_watched of schedule 1
  std::vector<std::string> not_controlled;  // ScheduleSummary::not_controlled of schedule 1
  std::string diverged;  // why the replay did not follow the requested schedule; empty: it did
};

// Runs schedules until the options' limit is reached or a run is cut short, and repeats those that
// show something new. `progress` is called after each schedule; may be empty. Exceptions from
// `runner` are passed on.
Exploration explore_schedules(const ExploreOptions& options, ScheduleRunner& runner,
                              const std::function<void(const Exploration&)>& progress);

// Merges the shares of one exploration. Of findings of the same mistake, the one with the lowest
// schedule number is kept; seconds are added up.
Exploration merged(std::vector<Exploration> shares);
// What the result would be if the exploration, which has kept each schedule, had stopped at its
// first finding.
Exploration up_to_first_finding(Exploration exploration, Severity at_least);
// The first finding of this severity or above; NULL: none.
const Finding* first_finding(const Exploration& exploration, Severity at_least);

// Equal for the same mistake in different schedules, although threads and messages differ.
std::string finding_key(const Violation& violation);

// Gives each of several Runtimes in one process plugins in their initial state: their files stay
// loaded (L38), and their writable memory is restored to what it was after their constructors.
// Plugins without a file keep their state.
//
// When:    created before the first Runtime; put_back() after each.
// Owner:   the caller. There may be one at a time.
// Threads: [main]
class FreshPlugins {
 public:
  FreshPlugins();
  ~FreshPlugins();

  // Restores the plugins' memory, after the Runtime has been destroyed. Empty: the next one can be
  // created. Otherwise why it must not: what plugins have done, or might do, outside of that
  // memory.
  std::string put_back();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace surisim
