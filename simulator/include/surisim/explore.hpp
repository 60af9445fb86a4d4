// Runs many schedules (schedule.hpp) of one run, and keeps what they show.
//
// When:    at any time; how a schedule is run is the caller's (ScheduleRunner).
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
  std::optional<std::uint64_t> seconds = {};   // for so long, in place of a number
  std::string strategy = {};                   // of all of them; empty: all strategies in turn
  std::uint64_t seed = 1;                      // the schedules' seeds follow from it
  std::optional<ScheduleOptions> replay = {};  // this schedule only
  // Of `shards` equal shares of the schedules the `shard`-th, from 1. All shares run schedule 1.
  std::uint64_t shard = 1;
  std::uint64_t shards = 1;
  bool stop_on_first = false;  // finding of `fail_on` or above
  Severity fail_on = Severity::error;
  bool watch = true;               // ScheduleOptions::watch
  Severity show = Severity::note;  // violations below it are no findings
  bool keep_each = false;          // Exploration::each
  // The number of the last schedule that is wanted, asked before each; empty: all are.
  std::function<std::uint64_t()> last_wanted = {};
};

// One schedule, run.
struct ScheduleRun {
  Summary summary;        // without the violations that are accepted
  std::string cut_short;  // why no other schedule can be run; empty: it can
};

struct NumberedSchedule {
  std::uint64_t number = 0;  // from 1
  ScheduleOptions schedule;
};

// A schedule that was run.
struct RanSchedule {
  std::uint64_t number = 0;
  std::optional<std::uint32_t> order = {};  // nothing: it did not come to its end
  std::uint64_t points = 0;
  std::uint64_t choices = 0;  // as in ScheduleSummary
};

// How schedules are run.
class ScheduleRunner {
 public:
  // The schedule that follows the one that was run; nothing: there is none.
  using Next = std::function<std::optional<NumberedSchedule>(const RanSchedule&)>;
  // Takes a run. False: no other one is wanted.
  using Take = std::function<bool(const NumberedSchedule&, ScheduleRun)>;

  virtual ~ScheduleRunner() = default;
  // Runs the schedule as if nothing had run before it.
  virtual ScheduleRun run(const ScheduleOptions& schedule) = 0;
  // Runs `first`, and as many of those that follow it as it sees fit, in their order.
  virtual void run_some(const NumberedSchedule& first, const Next& next, const Take& take) {
    (void)next;
    (void)take(first, run(first.schedule));
  }
  // Why it has been stopped from outside, and runs no other schedule; empty: it has not.
  virtual std::string stopped() const { return ""; }
  // Why each schedule needs a process of its own; empty: it does not, or always has one.
  virtual std::string why_alone() const { return ""; }
};

// A violation, and the first schedule that showed it.
struct Finding {
  Violation violation;
  std::uint64_t number = 0;  // of the schedule
  std::string schedule;      // for --replay
  bool repeated = false;     // a second run with the schedule showed it, too
  // With the fewest orders that show it: what they bring about, in a sentence; empty: the schedule
  // could not be made simpler, or needs no order.
  std::string explanation = {};
  std::vector<ScheduleStep> steps = {};  // the last ones in the plugins' code
};

// All schedules have been run in which threads are passed over at most so often.
struct AllDelays {
  std::uint64_t delays = 0;
  std::uint64_t points = 0;  // accesses before which another thread may have run
  std::uint64_t places = 0;  // accesses that conflict; `points` are of these
};

// What many schedules have shown.
struct Exploration {
  // Schedules, without those that were repeated, and those for a race that a later one than the
  // first has shown first.
  std::uint64_t run = 0;
  std::set<std::uint32_t> orders;  // that threads can tell apart
  std::uint64_t points = 0;        // in all schedules
  double seconds = 0;
  std::vector<Finding> findings;            // in the order of their schedules
  RanSchedule first;                        // schedule 1, which all shares run
  std::vector<RanSchedule> each;            // with ExploreOptions::keep_each
  std::vector<PluginInfo> plugins;          // of schedule 1
  std::optional<AllDelays> complete;        // with the strategy "delays"
  std::string cut_short;                    // why not all schedules were run; empty: they were
  bool stopped = false;                     // from outside
  std::string alone;                        // ScheduleRunner::why_alone()
  std::string not_watched;                  // ScheduleSummary::not_watched of schedule 1
  std::vector<std::string> not_controlled;  // ScheduleSummary::not_controlled of schedule 1
  std::string diverged;  // why `replay` was not the schedule asked for; empty: it was
};

// Runs schedules until the options say that it is enough, or a run that none is to follow. Runs
// those that show something new once more. `progress` is called after each schedule; may be empty.
// What `runner` throws is passed on.
Exploration explore_schedules(const ExploreOptions& options, ScheduleRunner& runner,
                              const std::function<void(const Exploration&)>& progress);

// The shares of one exploration as one. A mistake that several have found is kept with the earliest
// of their schedules; seconds are added up.
Exploration merged(std::vector<Exploration> shares);
// What an exploration that has kept each schedule would have been, had it stopped at its first
// finding.
Exploration up_to_first_finding(Exploration exploration, Severity at_least);
// Its first finding of this severity or above; NULL: none.
const Finding* first_finding(const Exploration& exploration, Severity at_least);

// Equal for the same mistake in other schedules, whose threads and messages differ.
std::string finding_key(const Violation& violation);

// Lets the Runtimes of one process, one after the other, find their plugins as the first one found
// them: their files stay loaded (L38), and their writable memory is put back to what it was when
// their constructors had run. Plugins without a file are as their program leaves them.
//
// When:    made before the first Runtime; put_back() after each.
// Owner:   the caller. One at a time.
// Threads: [main]
class FreshPlugins {
 public:
  FreshPlugins();
  ~FreshPlugins();

  // The Runtime has been destroyed. Empty: the next one can be created. Else why it would not find
  // everything as it was: what plugins have done, or might do, outside of that memory.
  std::string put_back();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace surisim
