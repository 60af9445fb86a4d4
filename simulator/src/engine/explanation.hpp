// What a schedule did, in the words of the plugins' source: which order of places made the mistake,
// and who ran when.
//
// When:    at the end of a run under control with ScheduleOptions::explain.
// Owner:   the caller; it outlives none of what it is given.
// Threads: the one that has the baton.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/scheduled_run.hpp"
#include "schedule/controller.hpp"
#include "surisim/schedule.hpp"
#include "translate/translation.hpp"

namespace surisim::engine {

class Explanation {
 public:
  using Names = std::map<schedule::ThreadId, std::string>;
  using Sites = std::map<const void*, translate::Site>;

  // Steps of a run that are kept for it.
  static constexpr std::size_t kMostSteps = 20'000;
  // `steps`: the run's last ones, and what each thread was about to do.
  Explanation(const WatchedCode& code, const Names& names, const Sites& sites,
              std::vector<schedule::Step> steps);

  // What the schedule's orders or turns have done; empty: nothing.
  std::string of(const ScheduleOptions& schedule) const;
  // Those in the plugins' code, up to so many.
  std::vector<ScheduleStep> last_steps(std::size_t most) const;

 private:
  using Step = schedule::Step;
  std::string of(const SiteOrder& order) const;
  std::string of(const ScheduleTurn& turn) const;
  // The thread's first step after the turn; the number of all steps: there is none.
  std::size_t step_after(const ScheduleTurn& turn) const;
  bool is_plugins(const Step& step) const;
  const std::string& name_of(schedule::ThreadId thread) const;
  std::string describe(const schedule::Operation& operation, bool as_noun) const;
  std::string describe(const Step& step) const;

  const WatchedCode& code_;
  const Names& names_;
  const Sites& sites_;
  const std::vector<Step> steps_;
};

}  // namespace surisim::engine
