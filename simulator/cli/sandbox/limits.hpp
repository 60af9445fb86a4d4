// Limits on the child: the time of a callback, time without progress, time of the run, and memory.
//
// When:    checked by the supervisor every few milliseconds while the child runs.
// Owner:   the Supervisor; HangDetector keeps a reference to the channel.
// Threads: the supervisor's only thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <vector>

#include "sandbox/channel.hpp"

namespace surisim::sandbox {

// Half of the memory of this machine, or of this container.
std::uint64_t default_memory_limit_mib();

struct ChildLimits {
  std::uint64_t seconds = 60;     // for a callback, or a phase without progress; 0: no limit
  std::uint64_t run_seconds = 0;  // for the whole run; 0: no limit
  std::uint64_t memory_mib = default_memory_limit_mib();  // of its process; 0: no limit
};

// A lower limit might be exceeded by surisim's own memory.
inline constexpr std::uint64_t kLeastMemoryMib = 64;

// Bytes of memory and swap that a process uses; 0: it has ended.
std::uint64_t memory_of(pid_t pid);
// From now on the process can only map what it needs to end.
void limit_growth(pid_t pid);

class HangDetector {
 public:
  // 0 seconds: no limit.
  HangDetector(const Channel& channel, std::uint64_t seconds);

  // True if a callback, or a phase without progress, has taken longer than the limit.
  bool expired();
  // The thread whose callback it is; null: a phase.
  const JournalEntry* culprit() const { return culprit_; }

 private:
  using Clock = std::chrono::steady_clock;

  struct State {
    std::int32_t phase = 0;
    bool finished = false;
    std::uint64_t packets_and_flows = 0;
    bool operator==(const State&) const = default;
  };
  // The outermost callback on a thread.
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
