// Watches the journal for what stands still. In the process that watches the plugin's.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "shared.hpp"

namespace surisim::cli {

class HangWatch {
 public:
  // 0 seconds: no limit.
  HangWatch(const Shared& shared, std::uint64_t seconds);

  // True once a callback, or a phase in which nothing moves, takes longer than the limit. To be
  // called again and again; culprit() is then the callback's thread, or null.
  bool expired();
  const JournalEntry* culprit() const { return culprit_; }

 private:
  using Clock = std::chrono::steady_clock;

  struct State {
    std::int32_t phase = 0;
    bool finished = false;
    std::uint64_t beat = 0;
    bool operator==(const State&) const = default;
  };
  // A callback that the engine called; those nested in it may come and go.
  struct Running {
    std::int32_t tid = 0;
    std::uint64_t entered = 0;
    bool over = true;
    bool operator==(const Running&) const = default;
  };
  struct Seen {
    Running running;
    Clock::time_point since;
  };

  const Shared& shared_;
  std::uint64_t seconds_;
  Clock::time_point moved_;
  State state_;
  std::vector<Seen> callbacks_;  // by journal entry
  const JournalEntry* culprit_ = nullptr;
};

}  // namespace surisim::cli
