// Explains a schedule in terms of the plugins' source: in which order the threads reached the
// places that make the mistake, and what each thread did last.
//
// When:    at the end of a run under control with ScheduleOptions::explain.
// Owner:   the caller, whose arguments must outlive it.
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

  // How many of a run's last steps to keep for it.
  static constexpr std::size_t kMostSteps = 20'000;
  // `steps`: the run's last steps, and what each thread was about to do.
  Explanation(const WatchedCode& code, const Names& names, const Sites& sites,
              std::vector<schedule::Step> steps);

  // What the schedule's orders or turns caused; empty: nothing that can be explained.
  std::string of(const ScheduleOptions& schedule) const;
  // The last steps in the plugins' code, at most `most`.
  std::vector<ScheduleStep> last_steps(std::size_t most) const;

 private:
  using Step = schedule::Step;
  std::string of(const SiteOrder& order) const;
  std::string of(const ScheduleTurn& turn) const;
  // The index of the thread's first step after the turn; steps_.size(): there is none.
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
