// What the child may take: time for a callback, time without progress, and memory.
//
// When:    checked by the parent every few milliseconds while the child runs.
// Owner:   the Supervisor; HangDetector keeps a reference to the channel.
// Threads: the parent's main thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <vector>

#include "sandbox/channel.hpp"

namespace surisim::sandbox {

// Half of what this machine, or the container we are in, has.
std::uint64_t default_memory_limit_mib();

struct ChildLimits {
  std::uint64_t seconds = 60;     // for a callback, or a phase without progress; 0: no limit
  std::uint64_t run_seconds = 0;  // for the whole run; 0: no limit
  std::uint64_t memory_mib = default_memory_limit_mib();  // of its process; 0: no limit
};

// Below this, surisim's own needs may be what ends a run.
inline constexpr std::uint64_t kLeastMemoryMib = 64;

// Bytes of memory and swap that a process uses; 0 when it is gone.
std::uint64_t memory_of(pid_t pid);
// From now on the process may map only a little more than it has: what its end needs.
void limit_growth(pid_t pid);

class HangDetector {
 public:
  // 0 seconds: no limit.
  HangDetector(const Channel& channel, std::uint64_t seconds);

  // True once a callback, or a phase in which nothing moves, takes longer than the limit.
  bool expired();
  // Then the thread whose callback it is; null: no callback.
  const JournalEntry* culprit() const { return culprit_; }

 private:
  using Clock = std::chrono::steady_clock;

  struct State {
    std::int32_t phase = 0;
    bool finished = false;
    std::uint64_t packets_and_flows = 0;
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

  const Channel& channel_;
  std::uint64_t seconds_;
  Clock::time_point moved_;
  State state_;
  std::vector<Seen> callbacks_;  // by journal entry
  const JournalEntry* culprit_ = nullptr;
};

}  // namespace surisim::sandbox
