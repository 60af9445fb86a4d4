// Implements plan.hpp: the strategy, the seed and the places of each schedule, by its number; and
// the search by delays, breadth first.
#include "explore/plan.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "schedule/strategy.hpp"

namespace surisim::explore {
namespace {

// More would not fit on a line of a terminal.
constexpr std::size_t kMaxPoints = 8;
constexpr std::size_t kMaxOrders = 3;

struct Recipe {
  const char* strategy;
  bool orders;  // also forces a few conflicts' orders, chosen at random
};
// Of schedule 2 and those after it, in turn.
constexpr std::array<Recipe, 8> kRecipes = {{{"surw", false},
                                             {"pos", true},
                                             {"pos", false},
                                             {"random", true},
                                             {"pct", false},
                                             {"default", true},
                                             {"sticky", false},
                                             {"random", false}}};

bool plans_with_weights(const std::string& strategy) {
  return strategy == "surw" || strategy == "pct";
}

template <class T>
bool has(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

Plan::Plan(const ExploreOptions& options)
    : options_(options), delays_(options.shard, options.shards) {}

void Plan::learn(const ScheduleSummary& first) {
  weights_ = first.weights;
  for (const std::vector<SiteOrder>* const some : {&first.races, &first.conflicts}) {
    for (const SiteOrder& order : *some) {
      for (const SiteOrder& way : {order, SiteOrder{order.second, order.first}}) {
        if (has(conflicts_, way)) continue;
        conflicts_.push_back(way);
        // Races come at once; of the schedules after them each third is for a conflict.
        direct(some == &first.races ? 1 : 3, way);
      }
      for (const CodeSite& site : {order.first, order.second})
        if (!site.is_call && !has(sites_, site)) sites_.push_back(site);
    }
  }
}

void Plan::direct(std::uint64_t step, const SiteOrder& order) {
  if (!options_.strategy.empty()) return;
  std::uint64_t number = 1 + step;
  while (directed_.contains(number)) number += step;
  directed_[number] = order;
}

std::vector<ScheduleOptions> Plan::directed_by(std::uint64_t number, const ScheduleSummary& later) {
  std::vector<ScheduleOptions> all;
  if (!options_.strategy.empty() || options_.replay) return all;
  for (const SiteOrder& race : later.races) {
    for (const SiteOrder& way : {race, SiteOrder{race.second, race.first}}) {
      if (has(conflicts_, way)) continue;
      // Not added to conflicts_: all shares must have the same plan.
      if (!has(later_, way)) all.push_back(with_order(number, way));
      later_.push_back(way);
    }
  }
  return all;
}

void Plan::ran(const RanSchedule& schedule) {
  if (schedule.number <= latest_) return;
  latest_ = schedule.number;
  if (latest_ > 1 && options_.strategy == schedule::kDelays)
    delays_.ran(schedule.choices, schedule.order.has_value());
}

std::optional<AllDelays> Plan::complete() const {
  const auto delays = delays_.complete();
  if (!delays) return std::nullopt;
  return AllDelays{*delays, std::min(kMaxPoints, sites_.size()), sites_.size()};
}

std::optional<NumberedSchedule> Plan::after(std::uint64_t number) const {
  if (options_.replay) {
    NumberedSchedule replay{1, *options_.replay};
    replay.schedule.watch = options_.watch;
    return number > 0 ? std::nullopt : std::optional(std::move(replay));
  }
  do {
    ++number;
  } while (!is_mine(number));
  if (!options_.seconds && number > options_.schedules) return std::nullopt;
  auto one = schedule(number);
  return one ? std::optional(NumberedSchedule{number, *std::move(one)}) : std::nullopt;
}

ScheduleOptions Plan::plain(std::uint64_t number) const {
  constexpr std::uint64_t kApart = 1'000'000;
  ScheduleOptions schedule;
  schedule.seed = options_.seed * kApart + number;
  schedule.watch = options_.watch;
  return schedule;
}

ScheduleOptions Plan::with_order(std::uint64_t number, const SiteOrder& order) const {
  ScheduleOptions schedule = plain(number);
  schedule.orders = {order};
  return schedule;
}

std::optional<ScheduleOptions> Plan::schedule(std::uint64_t number) const {
  if (const auto directed = directed_.find(number); directed != directed_.end())
    return with_order(number, directed->second);
  ScheduleOptions schedule = plain(number);
  if (options_.strategy == schedule::kDelays) {
    if (number == 1) return schedule;  // shows the places
    auto delays = delays_.next();
    if (!delays) return std::nullopt;
    schedule.strategy = options_.strategy;
    schedule.delays = *std::move(delays);
    add_points(schedule, options_.seed);  // the same points in all
    return schedule;
  }
  const Recipe way = options_.strategy.empty() ? kRecipes[(number - 2) % kRecipes.size()]
                                               : Recipe{options_.strategy.c_str(), false};
  if (number > 1 || !options_.strategy.empty()) schedule.strategy = way.strategy;
  if (plans_with_weights(schedule.strategy)) schedule.weights = weights_;
  add_points(schedule, schedule.seed);
  if (number > 1 && way.orders && !conflicts_.empty()) {
    schedule::Random random(schedule.seed);
    for (std::uint64_t left = 1 + random.below(kMaxOrders); left > 0; --left)
      schedule.orders.push_back(conflicts_[random.below(conflicts_.size())]);
  }
  return schedule;
}

// All conflicting accesses, or some chosen at random if there are many.
void Plan::add_points(ScheduleOptions& schedule, std::uint64_t seed) const {
  schedule.points = sites_;
  schedule::Random random(seed + 1);
  for (std::size_t i = 0; i < std::min(kMaxPoints, sites_.size()); ++i)
    std::swap(schedule.points[i], schedule.points[i + random.below(sites_.size() - i)]);
  schedule.points.resize(std::min(kMaxPoints, sites_.size()));
  std::sort(schedule.points.begin(), schedule.points.end());
}

bool Plan::is_mine(std::uint64_t number) const {
  return number == 1 || number % options_.shards == options_.shard % options_.shards;
}

// Breadth first: a schedule's delays are those of a parent, plus one that is not before them. So
// each set of delays comes once.

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
