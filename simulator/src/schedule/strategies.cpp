// The strategies, of which each is a few lines, as all that they need to know is in Ready; and
// schedules as text: what `surisim explore` prints, and --schedule reads.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <map>
#include <utility>

#include "schedule/strategy.hpp"
#include "surisim/schedule.hpp"

namespace surisim::schedule {
namespace {

std::size_t index_of(std::span<const Ready> ready, ThreadId thread) {
  const auto found = std::find_if(ready.begin(), ready.end(),
                                  [thread](const Ready& one) { return one.thread == thread; });
  return static_cast<std::size_t>(found - ready.begin());
}

// The thread goes on while it can; then the next by number.
std::size_t undelayed(std::span<const Ready> ready, ThreadId running) {
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
    return undelayed(ready, running);
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

// A thread goes on with a probability of a half, or as seldom as one of eight: long runs of one
// thread show other mistakes than short ones.
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

// Partial order sampling (Yuan et al., 2018): a random priority for each operation, which those
// that conflict with an operation draw anew once it has been done.
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

// Selectively uniform random walk (Zhao et al., 2025): a thread is chosen with the probability that
// it has the next of all points that are left, so that each interleaving is about as likely.
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
    {"default", "a thread goes on until it has to wait", make<Default>},
    {"surw", "all orders about equally likely, by how much each thread has to do", make<Surw>},
    {"pos", "a random priority for each operation", make<Pos>},
    {"pct", "random priorities of threads, changed three times", make<Pct>},
    {"sticky", "long runs of one thread, changed at random", make<Sticky>},
    {"random", "any thread, at each point", make<Uniform>},
    {kDelays, "all schedules in which one thread is passed over once, then twice, …", make<Delays>},
}};

}  // namespace

// Delay-bounded scheduling (Emmi et al., 2011).
void Delays::begin(std::uint64_t /*seed*/, const PointCounts& /*earlier*/) {
  done_ = 0;
  choice_ = 0;
}

std::size_t Delays::next(std::span<const Ready> ready, ThreadId running) {
  std::size_t chosen = undelayed(ready, running);
  for (; done_ < delays_.size() && delays_[done_] == choice_; ++done_)
    chosen = (chosen + 1) % ready.size();
  ++choice_;
  return chosen;
}

void Ordered::begin(std::uint64_t seed, const PointCounts& earlier) {
  for (Known& one : orders_) one.have_come.clear();
  choices_ = 0;
  rest_->begin(seed, earlier);
}

bool Ordered::waits(const Ready& one) const {
  const Place next = one.next.place();
  return std::any_of(orders_.begin(), orders_.end(), [&](const Known& known) {
    return known.order.second == next &&
           std::all_of(known.have_come.begin(), known.have_come.end(),
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
  // The others may run without progress because one is held back.
  constexpr std::uint32_t kPatience = 200;
  waited_ = free_.size() == ready.size() ? 0 : waited_ + 1;
  if (free_.empty() || waited_ > kPatience) {
    waited_ = 0;
    return rest_->next(ready, running);
  }
  return indices_[free_.size() == 1 ? 0 : rest_->next(free_, running)];
}

void Ordered::does(ThreadId thread, const Operation& operation) {
  rest_->does(thread, operation);
  const Place place = operation.place();
  for (Known& one : orders_) {
    if (one.order.second == place) one.have_come.clear();
    if (one.order.first == place) one.have_come.push_back(thread);
  }
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

namespace surisim {

// Schedules as text.

namespace {

template <class Number>
bool read_number(std::string_view text, Number& number, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// What stands before the separator; `text` keeps what stands after it.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view first = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return first;
}

// "12f4", "c12f4" of a call, "1.12f4" in the second plugin.
bool read_site(std::string_view text, CodeSite& site) {
  if (const std::size_t dot = text.find('.'); dot != std::string_view::npos) {
    if (!read_number(text.substr(0, dot), site.plugin, 10)) return false;
    text.remove_prefix(dot + 1);
  }
  // An address that begins with c is written with a zero before it.
  site.is_call = text.starts_with('c');
  if (site.is_call) text.remove_prefix(1);
  return read_number(text, site.offset, 16);
}

// "SITE", "SITE-SITE", and more of them after a +.
bool read_sites(std::string_view text, ScheduleOptions& schedule) {
  while (!text.empty()) {
    std::string_view one = cut(text, '+');
    const bool is_order = one.find('-') != std::string_view::npos;
    SiteOrder order;
    if (!read_site(cut(one, '-'), order.first)) return false;
    if (is_order && !read_site(one, order.second)) return false;
    if (is_order)
      schedule.orders.push_back(order);
    else
      schedule.points.push_back(order.first);
  }
  return true;
}

// "5.1c.1c"; may be empty.
bool read_delays(std::string_view text, std::vector<std::uint32_t>& delays) {
  while (!text.empty()) {
    std::uint32_t choice = 0;
    if (!read_number(cut(text, '.'), choice, 16)) return false;
    if (!delays.empty() && choice < delays.back()) return false;
    delays.push_back(choice);
  }
  return true;
}

}  // namespace

std::string to_string(const CodeSite& site) {
  const std::string digits = fmt::format("{:x}", site.offset);
  const char* const before = site.is_call ? "c" : digits.starts_with('c') ? "0" : "";
  return (site.plugin == 0 ? "" : fmt::format("{}.", site.plugin)) + before + digits;
}

std::string to_string(const SiteOrder& order) {
  return to_string(order.first) + "-" + to_string(order.second);
}

std::string to_string(const ScheduleOptions& schedule) {
  std::string text = fmt::format("{}:{}", schedule.strategy, schedule.seed);
  if (!schedule.weights.empty()) text += ":" + schedule.weights;
  char before = ':';
  for (const std::uint32_t choice : schedule.delays)
    text += fmt::format("{}{:x}", std::exchange(before, '.'), choice);
  char between = '@';
  for (const CodeSite& site : schedule.points)
    text += std::exchange(between, '+') + to_string(site);
  for (const SiteOrder& order : schedule.orders)
    text += std::exchange(between, '+') + to_string(order);
  if (schedule.order) text += fmt::format("/{:08x}", *schedule.order);
  return text;
}

expected<ScheduleOptions> parse_schedule(std::string_view text) {
  const std::string given(text);
  ScheduleOptions schedule;
  const bool has_order = text.find('/') != std::string_view::npos;
  std::string_view rest = text;
  std::string_view first = cut(rest, '/');
  std::uint32_t order = 0;
  if (has_order) {
    if (!read_number(rest, order, 16))
      return fail(ErrorCode::invalid_option,
                  fmt::format("expected hexadecimal digits after the /, got \"{}\"", given));
    schedule.order = order;
  }
  std::string_view sites = first;
  first = cut(sites, '@');
  if (!read_sites(sites, schedule))
    return fail(ErrorCode::invalid_option,
                fmt::format("expected hexadecimal addresses after the @, as in @12f4+1310-c1320; "
                            "got \"{}\"",
                            given));
  schedule.strategy = cut(first, ':');
  if (schedule::find_strategy(schedule.strategy) == nullptr)
    return fail(ErrorCode::invalid_option,
                fmt::format("expected STRATEGY:SEED, where STRATEGY is one of {}; got \"{}\"",
                            schedule::strategy_names(), given));
  if (!read_number(cut(first, ':'), schedule.seed, 10))
    return fail(ErrorCode::invalid_option,
                fmt::format("expected a number after the strategy, as in {}:17; got \"{}\"",
                            schedule.strategy, given));
  if (schedule.strategy == schedule::kDelays) {
    if (!read_delays(first, schedule.delays))
      return fail(ErrorCode::invalid_option,
                  fmt::format("expected choices after the seed, in order and as hexadecimal "
                              "numbers, as in delays:0:5.1c; got \"{}\"",
                              given));
    return schedule;
  }
  schedule.weights = first;
  if (!std::all_of(first.begin(), first.end(), is_hex))
    return fail(ErrorCode::invalid_option,
                fmt::format("expected hexadecimal digits after the seed, got \"{}\"", given));
  return schedule;
}

std::vector<ScheduleStrategy> schedule_strategies() {
  std::vector<ScheduleStrategy> all;
  for (const schedule::StrategyInfo& one : schedule::strategies())
    all.push_back({one.name, one.summary});
  return all;
}

}  // namespace surisim
