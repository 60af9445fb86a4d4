// Breadth first. A schedule's delays are those of an earlier one, and another that is not before
// them: so each set of delays comes once.
#include "explore/delay_search.hpp"

#include <utility>

namespace surisim::explore {

std::optional<DelaySearch::Delays> DelaySearch::next() const {
  if (is_over_) return std::nullopt;
  if (delays_ == 0) return Delays();
  Delays delays = parents_[parent_].delays;
  delays.push_back(choice_);
  return delays;
}

void DelaySearch::ran(std::uint64_t choices, bool to_its_end) {
  gap_ |= !to_its_end;
  finished_.push_back({*next(), static_cast<std::uint32_t>(choices)});
  if (delays_ > 0) ++choice_;
  find_next();
}

bool DelaySearch::is_mine(std::uint32_t choice) const {
  return delays_ != 1 || choice % shards_ == shard_;
}

void DelaySearch::find_next() {
  for (;;) {
    while (delays_ > 0 && parent_ < parents_.size()) {
      while (choice_ < parents_[parent_].choices && !is_mine(choice_)) ++choice_;
      if (choice_ < parents_[parent_].choices) return;
      if (++parent_ < parents_.size()) choice_ = parents_[parent_].delays.back();
    }
    is_over_ = finished_.empty();
    if (is_over_) return;
    if (!gap_) complete_ = delays_;
    parents_ = std::exchange(finished_, {});
    ++delays_;
    parent_ = 0;
    choice_ = parents_[0].delays.empty() ? 0 : parents_[0].delays.back();
  }
}

}  // namespace surisim::explore
