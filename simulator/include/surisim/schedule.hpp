// Controlled schedules: one thread runs at a time, and at each scheduling point a strategy decides
// which thread continues. The same schedule gives the same run again.
//
// When:    as Options::schedule, for a whole run.
// Owner:   values.
// Threads: any; nothing is shared.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "surisim/error.hpp"

namespace surisim {

// A place in a plugin's code: a load or a store, or a call that locks.
struct CodeSite {
  std::uint32_t plugin = 0;  // index of the file in the order of loading, from 0
  // Address in the file: of the instruction, or of the one that a call returns to.
  std::uint64_t offset = 0;
  bool is_call = false;
  auto operator<=>(const CodeSite&) const = default;  // NOLINT(modernize-use-nullptr)
};

// Before a thread passes `second`, another thread must have passed `first` since `second` was
// passed last. Ignored if no other thread can continue.
struct SiteOrder {
  CodeSite first, second;
  auto operator<=>(const SiteOrder&) const = default;  // NOLINT(modernize-use-nullptr)
};

// A thread takes precedence over all others, whenever it can continue, until it has passed this
// many scheduling points since the run began. `thread`: its index in the order of creation, from 0.
struct ScheduleTurn {
  std::uint32_t thread = 0;
  std::uint64_t times = 0;
  auto operator<=>(const ScheduleTurn&) const = default;  // NOLINT(modernize-use-nullptr)
};

struct ScheduleSummary;

struct ScheduleOptions {
  // "default": a thread continues until it has to wait. The others: schedule_strategies().
  std::string strategy = "default";
  std::uint64_t seed = 0;
  // How much each thread does, roughly, for strategies that use it: ScheduleSummary::weights of
  // another run with the same plugins and options. May be empty.
  std::string weights;
  // For the strategy "delays": the choices (from 0, sorted) at which a thread is passed over; one
  // that occurs twice passes over two threads.
  std::vector<std::uint32_t> delays;
  // For the strategy "turns": these, one after the other, then the strategy "default".
  std::vector<ScheduleTurn> turns;
  // Loads and stores that are scheduling points too; those in `orders` need not be here.
  std::vector<CodeSite> points;
  std::vector<SiteOrder> orders;
  // Translates the plugins' code to watch its accesses: for data races, and for `points` and
  // `orders`.
  bool watch = true;
  // Counts the instructions of the plugins' callbacks (Runtime::instructions()) instead of watching
  // accesses; without `points` and `orders`. Each run counts the same if the plugin does the same.
  bool count = false;
  // Keeps the stacks of both sides of a race, and the last steps.
  bool explain = false;
  // The ScheduleSummary::order that the run is expected to have. Nullopt: any.
  std::optional<std::uint32_t> order;
  // More scheduling points than this are a livelock.
  std::uint64_t most_points = 2'000'000;
  // Called when no thread can continue, after the violation was reported; must end the process.
  // Empty: the process is aborted. [any thread]
  std::function<void()> on_dead;
  // The process ends after this run, and the schedule of its end is controlled too.
  bool until_exit = false;
  // With until_exit, while destructors of plugins run after the run's end: called with all `races`
  // and `conflicts` whenever there are more, and with what `explain` adds. May be empty. [any
  // thread]
  std::function<void(const ScheduleSummary&)> on_more;
};

// "surw:17:0a77", "pos:17@12f4+1310/9c41f0de", "default:0@12f4-c1310", "delays:0:5.1c",
// "turns:0:2-1f.1-30": strategy, seed, weights, delays or turns, points and orders, the run's
// order. parse_schedule() is the reverse; its error says what is wrong with the text.
std::string to_string(const CodeSite& site);
std::string to_string(const SiteOrder& order);
std::string to_string(const ScheduleOptions& schedule);
expected<ScheduleOptions> parse_schedule(std::string_view text);

// Stops watching the calling thread's accesses until its callback returns: to print a panic's
// backtrace, Rust reads whole files. No effect outside of callbacks, or without a controlled
// schedule. [any thread]
void stop_watching_callback();

struct ScheduleStrategy {
  std::string_view name;
  std::string_view summary;
};
// The strategies that search. ("turns" only repeats what one of them has found.)
std::vector<ScheduleStrategy> schedule_strategies();

// What a thread did at a place in a plugin's code.
struct ScheduleStep {
  std::string thread;  // "W#01"
  std::string what;    // "reads `total`"
  std::string at;      // "plugin.so!on_update+0x12 (/src/plugin.c:41)"
};

// The schedule of a run.
struct ScheduleSummary {
  bool controlled = false;      // false: the schedule was not controlled, and the rest is empty
  std::uint64_t points = 0;     // scheduling points, each before something that others may see
  std::uint64_t choices = 0;    // scheduling points at which another thread could have continued
  std::uint64_t switches = 0;   // from one thread to another
  std::uint32_t order = 0;      // equal for runs in which threads saw the same of each other
  std::string weights;          // for ScheduleOptions
  std::uint32_t left_over = 0;  // threads that had not ended: they never run again
  // Two places where threads accessed the same memory, in this order, without synchronisation; and
  // for threads that take locks in opposite orders, where one takes its first and the other its
  // last lock.
  std::vector<SiteOrder> races;
  // Two places like these, or where two threads lock, whose order only locks and atomics decide.
  std::vector<SiteOrder> conflicts;
  // With ScheduleOptions::explain: what `orders` or `turns` caused, in a sentence, or empty; the
  // last steps in the plugins' code; and, if the run was short, the turns that threads took.
  std::string explanation;
  std::vector<ScheduleStep> steps;
  std::vector<ScheduleTurn> turns;
  std::string not_watched;  // why some code was not; empty: all was, or none was to be
  // The places in the plugins' code with a system call that is not controlled, so that a replay may
  // differ: "system call 0 at plugin.so!wait+0x12 (/src/plugin.c:41)".
  std::vector<std::string> not_controlled;
  std::string diverged;  // why the requested schedule was not followed; empty: it was
};

}  // namespace surisim
