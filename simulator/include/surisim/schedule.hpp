// Runs whose schedule is controlled: one thread runs at a time, and a strategy decides at each
// point which one goes on. The same schedule gives the same run again.
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

// A place in the code of a plugin's file: of a load or a store, or of a call that locks.
struct CodeSite {
  std::uint32_t plugin = 0;  // by the order in which files are loaded, from 0
  std::uint64_t offset =
      0;  // of the instruction, of a call where it returns: the file's own address
  bool is_call = false;
  auto operator<=>(const CodeSite&) const = default;  // NOLINT(modernize-use-nullptr)
};

// No thread comes to `second` before another thread has come to `first` since any has last come to
// `second`, if any other can go on.
struct SiteOrder {
  CodeSite first, second;
  auto operator<=>(const SiteOrder&) const = default;  // NOLINT(modernize-use-nullptr)
};

// A thread goes on from point to point before all others, whenever it can, until it has done so
// this many times since the run began. Threads by the order in which they were created, from 0.
struct ScheduleTurn {
  std::uint32_t thread = 0;
  std::uint64_t times = 0;
  auto operator<=>(const ScheduleTurn&) const = default;  // NOLINT(modernize-use-nullptr)
};

struct ScheduleSummary;

struct ScheduleOptions {
  // "default": a thread goes on until it has to wait. The others: schedule_strategies().
  std::string strategy = "default";
  std::uint64_t seed = 0;
  // How much each thread has to do, for strategies that plan with it: of the order of magnitude, as
  // ScheduleSummary::weights of another run of the same plugins and options has it. May be empty.
  std::string weights;
  // Of the strategy "delays": the choices at which a thread is passed over, from 0 and in order;
  // one that is here twice passes over two.
  std::vector<std::uint32_t> delays;
  // Of the strategy "turns", one after the other; then it goes on as by "default".
  std::vector<ScheduleTurn> turns;
  // Another thread may run before these loads and stores, too; those of `orders` need not be here.
  std::vector<CodeSite> points;
  std::vector<SiteOrder> orders;
  // The plugins' code is translated, so that its accesses are watched: for data races, `points`,
  // and `orders` of them. Default: true.
  bool watch = true;
  // The instructions of the plugins' callbacks are counted (Runtime::instructions()), and accesses
  // are not watched: expected without `points` and `orders`. As the schedule is under control, each
  // run counts the same, if the plugin does the same.
  bool count = false;
  // The stacks of both sides of a race, and the last steps, are kept.
  bool explain = false;
  // The schedule is to be this one: ScheduleSummary::order. Nothing: any.
  std::optional<std::uint32_t> order;
  // More points than this are a livelock.
  std::uint64_t most_points = 2'000'000;
  // Called when no thread can go on, after the violation was reported; must end the process. Empty:
  // the process is aborted. [any thread]
  std::function<void()> on_dead;
  // The process is for this run alone, and its end is under control too.
  bool until_exit = false;
  // With until_exit, after the run's end, as destructors of plugins run: called with all `races`
  // and `conflicts` whenever there are more, and with what `explain` adds. May be empty. [any
  // thread]
  std::function<void(const ScheduleSummary&)> on_more;
};

// "surw:17:0a77", "pos:17@12f4+1310/9c41f0de", "default:0@12f4-c1310", "delays:0:5.1c",
// "turns:0:2-1f.1-30": strategy, seed, weights, delays or turns, points and orders, order of the
// run. parse_schedule() reads what to_string() writes; the error says what is wrong with the text.
std::string to_string(const CodeSite& site);
std::string to_string(const SiteOrder& order);
std::string to_string(const ScheduleOptions& schedule);
expected<ScheduleOptions> parse_schedule(std::string_view text);

// What the plugin's code reads and writes on the calling thread is not watched until its callback
// returns: to print a panic's backtrace, Rust reads whole files. No effect outside a callback, or
// without control. [any thread]
void stop_watching_callback();

struct ScheduleStrategy {
  std::string_view name;
  std::string_view summary;
};
// Those that search; "turns" repeats what one of them has found.
std::vector<ScheduleStrategy> schedule_strategies();

// Something that a thread did at a place in a plugin's code.
struct ScheduleStep {
  std::string thread;  // "W#01"
  std::string what;    // "reads `total`"
  std::string at;      // "plugin.so!on_update+0x12 (/src/plugin.c:41)"
};

// What a run under control was like.
struct ScheduleSummary {
  bool controlled = false;      // false: the run was not, and the rest is empty
  std::uint64_t points = 0;     // at which a thread was about to do something that others may see
  std::uint64_t choices = 0;    // of them, at which another one could have gone on
  std::uint64_t switches = 0;   // from one thread to another
  std::uint32_t order = 0;      // equal if all threads have seen the same of each other
  std::string weights;          // for ScheduleOptions
  std::uint32_t left_over = 0;  // threads that had not ended: they never run again
  // Places at which two threads came to the same memory, in this order, and nothing orders them;
  // and of threads that take locks in opposite orders where the one takes its first, the other its
  // last.
  std::vector<SiteOrder> races;
  // The same, and of locks, where nothing but locks and atomics decides which thread is first.
  std::vector<SiteOrder> conflicts;
  // With ScheduleOptions::explain: what `orders` or `turns` have done, in a sentence, empty if
  // nothing; the last steps in the plugins' code; and the turns that threads took, if the run was
  // short.
  std::string explanation;
  std::vector<ScheduleStep> steps;
  std::vector<ScheduleTurn> turns;
  std::string
      not_watched;  // why some of the plugins' code was not; empty: it was, or was not to be
  // Of each instruction in the plugins' code that made a system call which is not under control:
  // "system call 0 at plugin.so!wait+0x12 (/src/plugin.c:41)". A replay may go another way there.
  std::vector<std::string> not_controlled;
  std::string diverged;  // why it was not the schedule that was asked for; empty: it was
};

}  // namespace surisim
