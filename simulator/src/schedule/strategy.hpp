// Who runs next: the one seam between the Controller, which knows who can run, and the ways to
// search for a schedule that shows a mistake.
//
// When:    begin() once, then next() at each point at which more than one thread can run.
// Owner:   the caller of the Controller; it outlives the run.
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

// A thread that can run, and what it would do.
struct Ready {
  ThreadId thread;
  Operation next;
};

// How many points each thread had in an earlier run, by thread: what SURW and PCT plan with.
using PointCounts = std::vector<std::uint64_t>;

class Strategy {
 public:
  virtual ~Strategy() = default;
  // A run begins. The same seed and the same plugin give the same choices.
  virtual void begin(std::uint64_t seed, const PointCounts& earlier) = 0;
  // The index of the thread that goes on. `ready` has at least two, ordered by thread; `running` is
  // the thread that has come to a point, which is not in `ready` if it cannot go on.
  virtual std::size_t next(std::span<const Ready> ready, ThreadId running) = 0;
  // The thread is the one that goes on, also if it was the only one that could run.
  virtual void goes_on(ThreadId /*thread*/) {}
  // The thread does this now, at its next point.
  virtual void does(ThreadId /*thread*/, const Operation& /*operation*/) {}
};

// A thread that is about to come to `second` waits until another one has come to `first` after the
// last time that any came to `second`; unless no other thread can run.
struct PlaceOrder {
  Place first, second;
};

// Keeps orders, and leaves the rest to another strategy.
class Ordered final : public Strategy {
 public:
  explicit Ordered(std::unique_ptr<Strategy> rest) : rest_(std::move(rest)) {}
  // More of them; at any time.
  void add(const PlaceOrder& order) { orders_.push_back({order, {}}); }
  // How many choices there were since begin().
  std::uint64_t choices() const { return choices_; }

  void begin(std::uint64_t seed, const PointCounts& earlier) override;
  std::size_t next(std::span<const Ready> ready, ThreadId running) override;
  void goes_on(ThreadId thread) override { rest_->goes_on(thread); }
  void does(ThreadId thread, const Operation& operation) override;

 private:
  struct Known {
    PlaceOrder order;
    std::vector<ThreadId> have_come;  // to the first place
  };
  bool waits(const Ready& one) const;

  const std::unique_ptr<Strategy> rest_;
  std::vector<Known> orders_;
  std::uint64_t choices_ = 0;
  std::uint32_t waited_ = 0;          // choices in a row for which a thread has waited
  std::vector<Ready> free_;           // those that need not wait
  std::vector<std::size_t> indices_;  // of `free_` in what was given
};

// The running thread continues until it has to wait, as with "default", except at a few choices:
// there the thread with the next number runs instead.
class Delays final : public Strategy {
 public:
  // At these choices, counted from 0 and in order; one that is listed twice skips two threads.
  explicit Delays(std::vector<std::uint32_t> delays) : delays_(std::move(delays)) {}
  void begin(std::uint64_t seed, const PointCounts& earlier) override;
  std::size_t next(std::span<const Ready> ready, ThreadId running) override;

 private:
  const std::vector<std::uint32_t> delays_;
  std::size_t done_ = 0;      // delays
  std::uint32_t choice_ = 0;  // the next one
};

// A thread goes on, from point to point, until it has done so this many times since the run began.
struct Turn {
  ThreadId thread;
  std::uint64_t times;
};

// Threads take turns as they are given. One that cannot go on has its turn once it can; until
// then, and after the last turn, it is as by "default".
class Turns final : public Strategy {
 public:
  explicit Turns(std::vector<Turn> turns) : turns_(std::move(turns)) {}
  void begin(std::uint64_t seed, const PointCounts& earlier) override;
  std::size_t next(std::span<const Ready> ready, ThreadId running) override;
  void goes_on(ThreadId thread) override;

 private:
  bool is_over(const Turn& turn) const {
    return turn.thread < times_.size() && times_[turn.thread] >= turn.times;
  }

  const std::vector<Turn> turns_;
  std::size_t turn_ = 0;
  std::vector<std::uint64_t> times_;  // that each thread has gone on
};

// A generator with the same numbers on every machine (splitmix64).
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

// In the order in which a portfolio takes them; the first is "default", which switches only when
// the running thread cannot go on.
std::span<const StrategyInfo> strategies() noexcept;
// The one of Delays.
inline constexpr std::string_view kDelays = "delays";
// The one of Turns, which is not among them: it does not search.
inline constexpr std::string_view kTurns = "turns";
// NULL: there is no strategy of this name.
const StrategyInfo* find_strategy(std::string_view name) noexcept;
// A schedule may have it: one of them, or kTurns.
bool can_run(std::string_view name) noexcept;
// "default, surw, …", for messages.
std::string strategy_names();

}  // namespace surisim::schedule
