// Implements strategy.hpp: "default", the random strategies, Delays, Turns and Ordered.
#include <algorithm>
#include <array>
#include <cstddef>
#include <map>

#include "schedule/strategy.hpp"

namespace surisim::schedule {
namespace {

std::size_t index_of(std::span<const Ready> ready, ThreadId thread) {
  const auto found = std::find_if(ready.begin(), ready.end(),
                                  [thread](const Ready& one) { return one.thread == thread; });
  return static_cast<std::size_t>(found - ready.begin());
}

// The running thread if it can continue; else the next by number.
std::size_t default_choice(std::span<const Ready> ready, ThreadId running) {
  const std::size_t same = index_of(ready, running);
  if (same < ready.size()) return same;
  const auto after = std::find_if(ready.begin(), ready.end(),
                                  [running](const Ready& one) { return one.thread > running; });
  return after == ready.end() ? 0 : static_cast<std::size_t>(after - ready.begin());
}

class Default : public Strategy {
 public:
  void begin(std::uint64_t /*seed*/, const PointCounts& /*earlier*/) override {}
  std::size_t next(std::span<const Ready> ready, ThreadId running) override {
    return default_choice(ready, running);
  }
};

class Uniform : public Strategy {
 public:
  void begin(std::uint64_t seed, const PointCounts& /*earlier*/) override {
    random_ = Random(seed);
  }
  std::size_t next(std::span<const Ready> ready, ThreadId /*running*/) override {
    return random_.below(ready.size());
  }

 private:
  Random random_{0};
};

// At each point another thread runs with a probability of 1/2, 1/4 or 1/8, chosen once a run: long
// stretches of one thread show other mistakes than short ones.
class Sticky : public Strategy {
 public:
  void begin(std::uint64_t seed, const PointCounts& /*earlier*/) override {
    random_ = Random(seed);
    one_of_ = std::uint64_t{2} << random_.below(3);
  }
  std::size_t next(std::span<const Ready> ready, ThreadId running) override {
    const std::size_t same = index_of(ready, running);
    if (same < ready.size() && random_.below(one_of_) != 0) return same;
    return random_.below(ready.size());
  }

 private:
  Random random_{0};
  std::uint64_t one_of_ = 2;
};

// Probabilistic concurrency testing (Burckhardt et al., 2010): a random priority for each thread;
// at a few random points the running thread falls behind all others.
class Pct : public Strategy {
 public:
  void begin(std::uint64_t seed, const PointCounts& earlier) override {
    random_ = Random(seed);
    priority_.clear();
    step_ = 0;
    lowest_ = 0;
    std::uint64_t points = 0;
    for (const std::uint64_t count : earlier) points += count;
    for (std::uint64_t& change : changes_) change = random_.below(points == 0 ? kUnknown : points);
  }
  std::size_t next(std::span<const Ready> ready, ThreadId running) override {
    if (std::count(changes_.begin(), changes_.end(), step_++) != 0) priority_[running] = --lowest_;
    const auto behind = [this](const Ready& a, const Ready& b) {
      return priority_of(a.thread) < priority_of(b.thread);
    };
    return static_cast<std::size_t>(std::max_element(ready.begin(), ready.end(), behind) -
                                    ready.begin());
  }

 private:
  std::int64_t priority_of(ThreadId thread) {
    const auto [at, is_new] = priority_.try_emplace(thread, 0);
    if (is_new) at->second = static_cast<std::int64_t>(random_.next() >> 2);
    return at->second;
  }

  static constexpr std::uint64_t kUnknown = 100;  // points of a run
  Random random_{0};
  std::map<ThreadId, std::int64_t> priority_;
  std::array<std::uint64_t, 3> changes_{};
  std::uint64_t step_ = 0;
  std::int64_t lowest_ = 0;
};

bool conflict(const Operation& a, const Operation& b) {
  return a.object != nullptr && a.object == b.object;
}

// Partial order sampling (Yuan et al., 2018): a random priority for each operation. When one has
// been performed, those that conflict with it get new priorities.
class Pos : public Strategy {
 public:
  void begin(std::uint64_t seed, const PointCounts& /*earlier*/) override {
    random_ = Random(seed);
    priority_.clear();
  }
  std::size_t next(std::span<const Ready> ready, ThreadId /*running*/) override {
    std::size_t best = 0;
    for (std::size_t i = 0; i < ready.size(); ++i) {
      const auto [at, is_new] = priority_.try_emplace(ready[i].thread, 0);
      if (is_new) at->second = random_.next();
      if (at->second > priority_[ready[best].thread]) best = i;
    }
    for (const Ready& other : ready)
      if (conflict(other.next, ready[best].next)) priority_.erase(other.thread);
    priority_.erase(ready[best].thread);
    return best;
  }

 private:
  Random random_{0};
  std::map<ThreadId, std::uint64_t> priority_;
};

// Selectively uniform random walk (Zhao et al., 2025): a thread's probability is its share of all
// points that are left, so that all interleavings are about equally likely.
class Surw : public Strategy {
 public:
  void begin(std::uint64_t seed, const PointCounts& earlier) override {
    random_ = Random(seed);
    left_ = earlier;
  }
  std::size_t next(std::span<const Ready> ready, ThreadId /*running*/) override {
    std::uint64_t all = 0;
    for (const Ready& one : ready) all += left_of(one.thread);
    std::uint64_t at = random_.below(all);
    for (std::size_t i = 0; i < ready.size(); ++i) {
      std::uint64_t& left = left_of(ready[i].thread);
      if (at < left) {
        if (left > 1) --left;
        return i;
      }
      at -= left;
    }
    return 0;
  }

 private:
  std::uint64_t& left_of(ThreadId thread) {
    if (left_.size() <= thread) left_.resize(thread + 1);
    if (left_[thread] == 0) left_[thread] = 1;
    return left_[thread];
  }

  Random random_{0};
  PointCounts left_;
};

template <class T>
std::unique_ptr<Strategy> make() {
  return std::make_unique<T>();
}

template <>
std::unique_ptr<Strategy> make<Delays>() {
  return std::make_unique<Delays>(std::vector<std::uint32_t>());
}

constexpr std::array<StrategyInfo, 7> kStrategies = {{
    {"default", "a thread continues until it has to wait", make<Default>},
    {"surw", "all interleavings about equally likely", make<Surw>},
    {"pos", "a random priority for each operation", make<Pos>},
    {"pct", "random priorities of threads, changed three times", make<Pct>},
    {"sticky", "long stretches of one thread, switched at random", make<Sticky>},
    {"random", "any thread, at each point", make<Uniform>},
    {kDelays, "all schedules with one deviation from default, then with two, …", make<Delays>},
}};

}  // namespace

// Delay-bounded scheduling (Emmi et al., 2011).
void Delays::begin(std::uint64_t /*seed*/, const PointCounts& /*earlier*/) {
  done_ = 0;
  choice_ = 0;
}

std::size_t Delays::next(std::span<const Ready> ready, ThreadId running) {
  std::size_t chosen = default_choice(ready, running);
  for (; done_ < delays_.size() && delays_[done_] == choice_; ++done_)
    chosen = (chosen + 1) % ready.size();
  ++choice_;
  return chosen;
}

void Turns::begin(std::uint64_t /*seed*/, const PointCounts& /*earlier*/) {
  turn_ = 0;
  times_.clear();
}

std::size_t Turns::next(std::span<const Ready> ready, ThreadId running) {
  while (turn_ < turns_.size() && is_over(turns_[turn_])) ++turn_;
  if (turn_ < turns_.size()) {
    const std::size_t its = index_of(ready, turns_[turn_].thread);
    if (its < ready.size()) return its;
  }
  return default_choice(ready, running);
}

void Turns::resumed(ThreadId thread) {
  if (times_.size() <= thread) times_.resize(thread + 1);
  ++times_[thread];
}

void Ordered::begin(std::uint64_t seed, const PointCounts& earlier) {
  for (Known& one : orders_) one.reached_first.clear();
  choices_ = 0;
  rest_->begin(seed, earlier);
}

bool Ordered::waits(const Ready& one) const {
  const Place next = one.next.place();
  return std::any_of(orders_.begin(), orders_.end(), [&](const Known& known) {
    return known.order.second == next &&
           std::all_of(known.reached_first.begin(), known.reached_first.end(),
                       [&one](ThreadId who) { return who == one.thread; });
  });
}

std::size_t Ordered::next(std::span<const Ready> ready, ThreadId running) {
  ++choices_;
  if (orders_.empty()) return rest_->next(ready, running);
  free_.clear();
  indices_.clear();
  for (std::size_t i = 0; i < ready.size(); ++i) {
    if (waits(ready[i])) continue;
    free_.push_back(ready[i]);
    indices_.push_back(i);
  }
  // The others may be looping until the one that is held back does something.
  constexpr std::uint32_t kPatience = 200;
  waited_ = free_.size() == ready.size() ? 0 : waited_ + 1;
  if (free_.empty() || waited_ > kPatience) {
    waited_ = 0;
    return rest_->next(ready, running);
  }
  return indices_[free_.size() == 1 ? 0 : rest_->next(free_, running)];
}

void Ordered::performs(ThreadId thread, const Operation& operation) {
  rest_->performs(thread, operation);
  const Place place = operation.place();
  for (Known& one : orders_) {
    if (one.order.second == place) one.reached_first.clear();
    if (one.order.first == place) one.reached_first.push_back(thread);
  }
}

bool can_run(std::string_view name) noexcept {
  return name == kTurns || find_strategy(name) != nullptr;
}

std::span<const StrategyInfo> strategies() noexcept { return kStrategies; }

const StrategyInfo* find_strategy(std::string_view name) noexcept {
  const auto* const found =
      std::find_if(kStrategies.begin(), kStrategies.end(),
                   [name](const StrategyInfo& one) { return one.name == name; });
  return found == kStrategies.end() ? nullptr : found;
}

std::string strategy_names() {
  std::string all;
  for (const StrategyInfo& one : strategies())
    all += (all.empty() ? "" : ", ") + std::string(one.name);
  return all;
}

}  // namespace surisim::schedule
