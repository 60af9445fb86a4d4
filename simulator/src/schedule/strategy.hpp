// Strategy decides which thread runs next. It is the only interface between the Controller, which
// knows the threads that can run, and the ways to search for a schedule that shows a mistake.
//
// When:    begin() once, then next() at each point at which more than one thread can run.
// Owner:   the Controller's creator; outlives the run.
// Threads: the one that has the baton; never two at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schedule/operation.hpp"

namespace surisim::schedule {

// A thread that can run, and what it would do next.
struct Ready {
  ThreadId thread;
  Operation next;
};

// How many points each thread had in an earlier run, by thread number. SURW and PCT need it.
using PointCounts = std::vector<std::uint64_t>;

class Strategy {
 public:
  virtual ~Strategy() = default;
  // The same seed and the same plugin give the same choices.
  virtual void begin(std::uint64_t seed, const PointCounts& earlier) = 0;
  // Returns the index in `ready` of the thread to run. `ready` has at least two threads, ordered by
  // number; `running` is the one that has reached a point. It may be missing in `ready`.
  virtual std::size_t next(std::span<const Ready> ready, ThreadId running) = 0;
  // This thread runs now, chosen by next() or the only one that could run.
  virtual void resumed(ThreadId /*thread*/) {}
  // The thread now performs the operation that it had announced.
  virtual void performs(ThreadId /*thread*/, const Operation& /*operation*/) {}
};

// A thread must not reach `second` before another thread has reached `first`. Applies anew after
// each time that `second` is reached. Ignored if no other thread can run.
struct PlaceOrder {
  Place first, second;
};

// Enforces orders of places, and leaves the other choices to another strategy.
class Ordered final : public Strategy {
 public:
  explicit Ordered(std::unique_ptr<Strategy> rest) : rest_(std::move(rest)) {}
  // May be called at any time.
  void add(const PlaceOrder& order) { orders_.push_back({order, {}}); }
  // How many choices there were since begin().
  std::uint64_t choices() const { return choices_; }

  void begin(std::uint64_t seed, const PointCounts& earlier) override;
  std::size_t next(std::span<const Ready> ready, ThreadId running) override;
  void resumed(ThreadId thread) override { rest_->resumed(thread); }
  void performs(ThreadId thread, const Operation& operation) override;

 private:
  struct Known {
    PlaceOrder order;
    std::vector<ThreadId> reached_first;  // since the second place was last reached
  };
  bool waits(const Ready& one) const;

  const std::unique_ptr<Strategy> rest_;
  std::vector<Known> orders_;
  std::uint64_t choices_ = 0;
  std::uint32_t waited_ = 0;          // choices in a row at which a thread was held back
  std::vector<Ready> free_;           // threads that are not held back
  std::vector<std::size_t> indices_;  // of `free_` in the given span
};

// As "default", the running thread continues until it has to wait, except at a few choices: there
// the thread with the next number runs instead.
class Delays final : public Strategy {
 public:
  // The choices to delay at, counted from 0, ascending; one that is listed twice skips two threads.
  explicit Delays(std::vector<std::uint32_t> delays) : delays_(std::move(delays)) {}
  void begin(std::uint64_t seed, const PointCounts& earlier) override;
  std::size_t next(std::span<const Ready> ready, ThreadId running) override;

 private:
  const std::vector<std::uint32_t> delays_;
  std::size_t done_ = 0;      // delays
  std::uint32_t choice_ = 0;  // the next one
};

// A thread continues until it has been resumed this many times since the run began.
struct Turn {
  ThreadId thread;
  std::uint64_t times;
};

// Threads take the given turns. While the thread whose turn it is cannot continue, and after the
// last turn, this chooses as "default" does.
class Turns final : public Strategy {
 public:
  explicit Turns(std::vector<Turn> turns) : turns_(std::move(turns)) {}
  void begin(std::uint64_t seed, const PointCounts& earlier) override;
  std::size_t next(std::span<const Ready> ready, ThreadId running) override;
  void resumed(ThreadId thread) override;

 private:
  bool is_over(const Turn& turn) const {
    return turn.thread < times_.size() && times_[turn.thread] >= turn.times;
  }

  const std::vector<Turn> turns_;
  std::size_t turn_ = 0;
  std::vector<std::uint64_t> times_;  // each thread has been resumed
};

// A random number generator (splitmix64), the same on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() noexcept {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // From 0 to limit - 1; `limit` is not 0.
  std::uint64_t below(std::uint64_t limit) noexcept { return next() % limit; }

 private:
  std::uint64_t state_;
};

struct StrategyInfo {
  std::string_view name;
  std::string_view summary;  // one line of help
  std::unique_ptr<Strategy> (*make)();
};

// All strategies that search; the first is "default", which switches only when the running thread
// cannot continue.
std::span<const StrategyInfo> strategies() noexcept;
// The name of Delays.
inline constexpr std::string_view kDelays = "delays";
// The name of Turns. It only replays, so it is not in strategies().
inline constexpr std::string_view kTurns = "turns";
// NULL: there is no strategy of this name.
const StrategyInfo* find_strategy(std::string_view name) noexcept;
// Whether a schedule can name it: it is in strategies(), or kTurns.
bool can_run(std::string_view name) noexcept;
// "default, surw, …", for messages.
std::string strategy_names();

}  // namespace surisim::schedule
