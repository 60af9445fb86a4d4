// Finds callbacks that are slow for their kind, from the journal and from /proc: the child itself
// measures nothing.
//
// When:    sample() every few milliseconds while the child runs, unless it was asked to end.
// Owner:   the Supervisor; the channel and the findings are in memory that outlives it.
// Threads: the supervisor's only thread.
//
// Counted: processor time; time between two samples in which the thread only slept; and, unless the
// machine is busy (more runnable threads than processors), time in which it only waited for another
// thread or process. Not counted: waiting for a processor, and being stopped. Of the time between
// two samples at most 200 ms count, as the whole machine may have been paused.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include "sandbox/channel.hpp"
#include "surisim/violation.hpp"

namespace surisim::sandbox {

// Zero-filled at first.
struct SlowCallback {
  std::uint64_t cpu_ms;
  std::uint64_t waited_ms;
  std::int32_t phase;  // as in the journal
  std::array<char, 16> thread;
  std::array<char, 16> tv;

  std::uint64_t all_ms() const { return cpu_ms + waited_ms; }
};
// The slowest of each kind, by JournalCallback; all_ms() 0: none was slow.
using SlowCallbacks = std::array<SlowCallback, kJournalCallbacks>;

class SlowDetector {
 public:
  SlowDetector(const Channel& channel, pid_t child, SlowCallbacks& found)
      : channel_(channel), child_(child), found_(found) {}
  void sample();

 private:
  using Clock = std::chrono::steady_clock;
  // A thread at one time.
  struct Sample {
    Clock::time_point at;
    std::uint64_t cpu_ns = 0;
    std::uint64_t runs = 0;  // how often it got a processor
    enum class State { runs, sleeps, waits_for_others } state = State::runs;
  };
  // The callback that a thread is in, measured since it was first seen.
  struct Running {
    std::int32_t tid = 0;
    std::uint64_t entered = 0;
    JournalCallback callback = JournalCallback::none;
    bool measured = false;  // `last` is set
    bool instrumentation_checked = false;
    bool instrumented = false;  // if instrumentation_checked
    Sample last;
    std::uint64_t cpu_ns = 0;
    std::uint64_t waited_ns = 0;
    SlowCallback found{};
  };

  bool read(std::int32_t tid, Sample& sample) const;
  void measure(const JournalEntry& entry, Running& running);
  // The callback has ended: keeps it if it is the slowest of its kind.
  void finish(const Running& running);

  const Channel& channel_;
  pid_t child_;
  SlowCallbacks& found_;
  std::vector<Running> running_;  // by journal entry
};

// More than this is slow for a callback of this kind.
std::uint64_t slow_ms(JournalCallback callback);

// Whether a sanitizer or valgrind slows the process down, or a debugger traces it.
bool is_instrumented(pid_t process);

std::vector<Violation> slow_violations(const SlowCallbacks& found);

}  // namespace surisim::sandbox
