// Says who waits for whom.
#include "engine/scheduled_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <iterator>
#include <utility>
#include <vector>

#include "abi/authors_code.hpp"
#include "abi/host_function.hpp"
#include "base/source_line.hpp"
#include "rules/found.hpp"

namespace surisim::engine {
namespace {

using schedule::Act;
using schedule::Stuck;

// Orders of magnitude, a hexadecimal digit for each thread.
std::string weights_of(const schedule::PointCounts& counts) {
  std::string digits;
  for (const std::uint64_t count : counts)
    digits += "0123456789abcdef"[std::min(static_cast<int>(std::bit_width(count)), 15)];
  return digits;
}

schedule::PointCounts counts_from(const std::string& weights) {
  schedule::PointCounts counts;
  for (const char digit : weights) {
    const int width = digit <= '9' ? digit - '0' : digit - 'a' + 10;
    counts.push_back(std::uint64_t{1} << width);
  }
  return counts;
}

std::unique_ptr<schedule::Strategy> strategy_for(const ScheduleOptions& options) {
  auto strategy = schedule::find_strategy(options.strategy)->make();
  strategy->begin(options.seed, counts_from(options.weights));
  return strategy;
}

// The call in a line of the plugin's author, as a place.
std::string place_of(const void* caller) { return base::describe_call(caller); }

const char* what_it_does(Act act) {
  switch (act) {
    case Act::lock:
      return "waits for a lock";
    case Act::share:
      return "waits for a read-write lock";
    case Act::once:
      return "waits for a function that runs once";
    case Act::join:
      return "waits for the end of a thread";
    case Act::sleep:
      return "sleeps";
    case Act::yield:
      return "lets others go on first";
    default:
      return "waits to be woken";
  }
}

std::string name_of(const std::vector<Stuck>& threads, schedule::ThreadId id) {
  const auto at = std::find_if(threads.begin(), threads.end(),
                               [id](const Stuck& one) { return one.thread == id; });
  return at == threads.end() ? "a thread that has ended" : at->name;
}

std::string sentence(const Stuck& thread, const std::vector<Stuck>& all) {
  std::string text = fmt::format("{} {}", thread.name, what_it_does(thread.waits.act));
  if (thread.waits.caller != nullptr) text += fmt::format(" at {}", place_of(thread.waits.caller));
  if (!thread.holder_known) return text;
  text += thread.holder == thread.thread ? ", which it has locked itself"
                                         : ", which " + name_of(all, thread.holder) + " has locked";
  if (thread.locked_at != nullptr) text += fmt::format(" at {}", place_of(thread.locked_at));
  return text;
}

bool is_plugins(const Stuck& thread) { return thread.waits.caller != nullptr; }

// Threads that wait for each other's locks in a ring, beginning with the one that waits at the
// lowest address, so that the same ring is always said in the same words; empty: there is none.
std::vector<Stuck> ring_in(const std::vector<Stuck>& threads) {
  const auto holder_of = [&threads](const Stuck& one) {
    if (!one.holder_known) return threads.end();
    return std::find_if(threads.begin(), threads.end(),
                        [&one](const Stuck& other) { return other.thread == one.holder; });
  };
  for (const Stuck& start : threads) {
    std::vector<Stuck> ring;
    for (const Stuck* at = &start; ring.size() <= threads.size();) {
      ring.push_back(*at);
      const auto next = holder_of(*at);
      if (next == threads.end()) break;
      if (next->thread == start.thread) {
        const auto lowest = std::min_element(
            ring.begin(), ring.end(),
            [](const Stuck& a, const Stuck& b) { return a.waits.caller < b.waits.caller; });
        std::rotate(ring.begin(), lowest, ring.end());
        return ring;
      }
      at = &*next;
    }
  }
  return {};
}

// Those that say most: a ring, or what waits in the plugin, or all.
std::vector<Stuck> telling(const std::vector<Stuck>& threads) {
  if (std::vector<Stuck> ring = ring_in(threads); !ring.empty()) return ring;
  std::vector<Stuck> in_plugin;
  std::copy_if(threads.begin(), threads.end(), std::back_inserter(in_plugin), is_plugins);
  return in_plugin.empty() ? threads : in_plugin;
}

}  // namespace

ScheduledRun::ScheduledRun(const ScheduleOptions& options, ledger::Violations& violations)
    : options_(options),
      violations_(violations),
      strategy_(strategy_for(options)),
      controller_(
          *strategy_, options.most_points,
          [this](schedule::Dead how, const std::vector<Stuck>& threads) { die(how, threads); }) {}

ScheduleSummary ScheduledRun::summary(bool ended) const {
  const schedule::Course course = controller_.course();
  ScheduleSummary summary;
  summary.controlled = true;
  summary.points = course.points;
  summary.switches = course.switches;
  summary.order = static_cast<std::uint32_t>(course.order ^ (course.order >> 32));
  summary.weights = weights_of(course.counts);
  summary.left_over = course.left_over;
  if (ended && options_.order && *options_.order != summary.order)
    summary.diverged = fmt::format(
        "the schedule {} was not repeated: the run's order is {:08x}; are plugin, options and "
        "configuration those of the run that printed it?",
        to_string(options_), summary.order);
  return summary;
}

void ScheduledRun::die(schedule::Dead how, const std::vector<Stuck>& threads) {
  const bool livelock = how == schedule::Dead::livelock;
  dead_ = livelock ? "threads went on without end" : "no thread could go on";
  const std::vector<Stuck> shown = livelock ? threads : telling(threads);
  std::vector<std::string> sentences;
  sentences.reserve(shown.size());
  for (const Stuck& thread : shown) sentences.push_back(sentence(thread, threads));
  ledger::Where where;
  const std::string name = shown.empty() ? "" : shown.front().name;
  if (!shown.empty()) where.caller = shown.front().waits.caller;
  where.phase = violations_.phase().load(std::memory_order_relaxed);
  where.thread = name.c_str();
  Violation violation = violations_.describe(RuleId::deadlock, where);
  violation.message =
      livelock ? fmt::format("after {} points threads still went on and nothing came of it: {}",
                             options_.most_points, fmt::join(sentences, "; "))
               : fmt::format("no thread can go on: {}", fmt::join(sentences, "; "));
  if (shown.size() < threads.size() && !livelock)
    violation.message += fmt::format("; {} more threads wait", threads.size() - shown.size());
  violations_.add(std::move(violation));
  if (options_.on_dead) options_.on_dead();
  std::abort();
}

}  // namespace surisim::engine
