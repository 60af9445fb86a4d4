#include "hang_watch.hpp"

#include <algorithm>

namespace surisim::cli {

HangWatch::HangWatch(const Shared& shared, std::uint64_t seconds)
    : shared_(shared), seconds_(seconds), moved_(Clock::now()) {}

bool HangWatch::expired() {
  if (seconds_ == 0) return false;
  const Clock::time_point now = Clock::now();
  const auto limit = std::chrono::seconds(seconds_);
  const State state{shared_.journal.phase, shared_.finished, shared_.beat};
  bool moved = state != state_;
  state_ = state;
  const std::uint32_t used = std::min<std::uint32_t>(shared_.journal.used, Journal::kEntries);
  if (callbacks_.size() < used) callbacks_.resize(used);
  for (std::uint32_t i = 0; i < used; ++i) {
    const JournalEntry& entry = shared_.journal.entries[i];
    const bool over = entry.callback() == JournalCallback::none;
    const Running running{entry.tid(), entry.outermost_entered(), over};
    Seen& seen = callbacks_[i];
    if (running != seen.running) {
      seen = {running, now};
      moved = true;
    } else if (running.tid != 0 && !over && now - seen.since >= limit) {
      culprit_ = &entry;
      return true;
    }
  }
  if (moved) moved_ = now;
  return now - moved_ >= limit;
}

}  // namespace surisim::cli
