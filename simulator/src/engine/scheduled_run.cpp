// Describes what a controlled run shows: which threads wait for which, which locks could make them
// wait for each other, and which accesses nothing orders.
#include "engine/scheduled_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <iterator>
#include <utility>
#include <vector>

#include "abi/callers.hpp"
#include "abi/host_function.hpp"
#include "base/mutex.hpp"
#include "base/source_line.hpp"
#include "engine/explanation.hpp"
#include "rules/found.hpp"
#include "trace/context.hpp"

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

std::unique_ptr<schedule::Strategy> rest_of(const ScheduleOptions& options) {
  if (options.strategy == schedule::kDelays)
    return std::make_unique<schedule::Delays>(options.delays);
  if (options.strategy != schedule::kTurns)
    return schedule::find_strategy(options.strategy)->make();
  std::vector<schedule::Turn> turns;
  for (const ScheduleTurn& turn : options.turns) turns.push_back({turn.thread, turn.times});
  return std::make_unique<schedule::Turns>(std::move(turns));
}

std::unique_ptr<schedule::Ordered> strategy_for(const ScheduleOptions& options) {
  auto strategy = std::make_unique<schedule::Ordered>(rest_of(options));
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

// "`locks+0x28` (at plugin.so!on_update+0x12 (plugin.c:41))".
std::string describe_lock(const schedule::Operation& lock) {
  std::string what = lock.caller == nullptr ? "the flow's lock" : "a lock";
  if (const std::string name = base::symbol_at(lock.object); !name.empty()) {
    const void* const start = base::function_at(lock.object).start;
    const auto offset =
        start == nullptr ? 0
                         : static_cast<const char*>(lock.object) - static_cast<const char*>(start);
    what = offset == 0 ? fmt::format("`{}`", name) : fmt::format("`{}+{:#x}`", name, offset);
  }
  return lock.caller == nullptr ? what : fmt::format("{} (at {})", what, place_of(lock.caller));
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

constexpr std::size_t kShownSteps = 24;

// What is known of each plugin's code does not change from run to run.
races::AtomicSites& atomics() {
  static races::AtomicSites& all = *new races::AtomicSites;
  return all;
}

}  // namespace

// Tells the detectors, and lets threads be seen.
class ScheduledRun::Watch final : public schedule::SyncObserver {
  using ThreadId = schedule::ThreadId;

 public:
  explicit Watch(ScheduledRun& run)
      : run_(run), code_(run.code_), detector_(*run.detector_), lock_order_(*run.lock_order_) {}

  void begins(ThreadId thread) override {
    code_.enter_thread();
    detector_.begins(thread);
  }
  void ends(ThreadId thread) override {
    detector_.ends(thread);
    code_.leave_thread();
  }
  void creates(ThreadId thread, ThreadId created) override { detector_.creates(thread, created); }
  void joins(ThreadId thread, ThreadId ended) override { detector_.joins(thread, ended); }
  void pauses(ThreadId thread) override {
    detector_.pauses(thread);
    code_.restart_spin_count();
    if (run_.options_.explain) run_.note_name(thread);
    run_.say_more();
  }
  void releases_to(ThreadId thread, const void* object, schedule::ReleaseKind how) override {
    detector_.releases_to(thread, object, how);
  }
  void acquires_from(ThreadId thread, const void* object) override {
    detector_.acquires_from(thread, object);
  }
  void locks(ThreadId thread, const schedule::Operation& operation,
             std::span<const schedule::Operation> held) override {
    detector_.locks(thread, operation, held);
    lock_order_.locks(thread, operation, held, detector_.clocks(thread).hand_over);
  }
  void unlocks(ThreadId thread, const schedule::Operation& operation) override {
    detector_.unlocks(thread, operation);
  }
  void frees(ThreadId thread, const void* block, std::size_t size, const void* caller) override {
    detector_.frees(thread, block, size, caller);
    lock_order_.frees(block, size);
  }

 private:
  ScheduledRun& run_;
  WatchedCode& code_;
  races::Detector& detector_;
  races::LockOrder& lock_order_;
};

ScheduledRun::ScheduledRun(const ScheduleOptions& options, ledger::Violations& violations)
    : options_(options),
      violations_(violations),
      strategy_(strategy_for(options)),
      controller_(
          *strategy_, options.most_points,
          [this](schedule::Stall how, const std::vector<Stuck>& threads) { die(how, threads); }),
      code_(WatchedCode::of_process()) {
  detector_ = std::make_unique<races::Detector>(
      [this] { return code_.drain(); }, [this] { return code_.sites(); }, [this] { return now(); },
      atomics(), [this](const races::Race& race) { report(race); });
  lock_order_ = std::make_unique<races::LockOrder>(
      [this] { return now(); }, [this](const races::Ring& ring) { report(ring); });
  watch_ = std::make_unique<Watch>(*this);
  code_.begin(*this, options.watch || options.count, options.count);
  controller_.set_observer(watch_.get());
  if (options.explain) controller_.keep_steps(Explanation::kMostSteps);
}

ScheduledRun::~ScheduledRun() { code_.end(); }

void ScheduledRun::write(InstructionCounts& counts) const {
  const translate::Stats stats = code_.stats();
  counts.functions = stats.functions;
  counts.not_counted = stats.native_functions;
  counts.why_not = code_.not_watched();
}

void ScheduledRun::is_over() {
  for (const races::Race& race : detector_->perhaps()) report(race);
  if (!options_.until_exit) return;
  controller_.control_exit();
  known_at_end_ = raced_.size() + detector_->conflicts().size();
}

// The summary has been made; destructors may come to places of which it says nothing.
void ScheduledRun::say_more() {
  if (!known_at_end_ || !options_.on_more) return;
  const std::size_t known = raced_.size() + detector_->conflicts().size();
  // A thread may go round and round here, and what is told takes room.
  constexpr int kMostExplained = 100;
  const bool explains = options_.explain && explained_at_end_++ < kMostExplained;
  if (known == *known_at_end_ && !explains) return;
  known_at_end_ = known;
  ScheduleSummary more;
  more.points = controller_.stats().points;
  if (explains) explain(more);
  more.races = raced_;
  more.conflicts = conflicts();
  options_.on_more(more);
}

void ScheduledRun::loaded() {
  for (const CodeSite& site : options_.points) (void)code_.set_point(site);
  for (const SiteOrder& order : options_.orders) {
    (void)code_.set_point(order.first);
    (void)code_.set_point(order.second);
    const auto first = code_.place_of(order.first);
    const auto second = code_.place_of(order.second);
    if (first && second) strategy_->add({*first, *second});
  }
}

void ScheduledRun::comes_to(const translate::Site& site) {
  if (!options_.explain) return;
  const base::NoPoints alone;
  const base::OwnScope own;
  const auto* const at = reinterpret_cast<const void*>(site.address);
  translate::Site& known = sites_.insert({at, site}).first->second;
  known.reads |= site.reads;
  known.writes |= site.writes;
  constexpr std::size_t kMost = 32;
  const auto* const returns = site.function == nullptr ? at : static_cast<const char*>(at) + 1;
  stacks_[{schedule::my_id(), at}] = abi::calls_from(returns, kMost);
}

std::optional<long> ScheduledRun::calls_system(const translate::SystemCall& call) {
  const auto* const at = reinterpret_cast<const void*>(call.address);
  auto result = schedule::system_call(call.number, call.arguments, at);
  if (result) return result;
  const base::NoPoints alone;
  const base::OwnScope own;
  not_controlled_.insert({at, call.number});
  return std::nullopt;
}

void ScheduledRun::has_accessed(std::span<const translate::Access> accesses) {
  const base::NoPoints alone;
  const base::OwnScope own;
  detector_->add(schedule::my_id(), accesses);
}

void ScheduledRun::note_name(schedule::ThreadId thread) {
  std::string& name = names_[thread];
  // One of Suricata's may come to points before it has its name.
  if (name.empty() || context() != nullptr) name = ledger::this_thread_name();
}

races::Moment ScheduledRun::now() {
  note_name(schedule::my_id());
  const Context* const mine = context();
  const char* const phase = violations_.phase().load(std::memory_order_relaxed);
  if (mine == nullptr) return {"", phase, nullptr};
  return {to_string(mine->callback), phase, mine->function};
}

// "W#01 writes it with memcpy, 24 bytes, in flow update, at plugin.so!on_update+0x12
// (plugin.c:41)".
std::string ScheduledRun::describe(const races::Side& side) const {
  const char* const does = side.frees ? "frees it" : side.writes ? "writes it" : "reads it";
  std::string text = fmt::format("{} {}", names_.at(side.thread), does);
  if (side.function != nullptr) text += fmt::format(" with {}, {} bytes", side.function, side.size);
  if (*side.callback != '\0') text += fmt::format(" in {}", side.callback);
  if (*side.phase != '\0') text += fmt::format(" ({})", side.phase);
  return text + " at " + base::describe_instruction(side.at);
}

std::vector<StackFrame> ScheduledRun::stack_of(const races::Side& side) const {
  const base::CodePlace at = base::instruction_place(side.at);
  std::vector<StackFrame> frames{{at.call_site, at.source}};
  const auto kept = stacks_.find({side.thread, side.at});
  if (kept == stacks_.end()) return frames;
  for (std::size_t i = 1; i < kept->second.size(); ++i)
    frames.push_back({base::describe_address(kept->second[i]), base::source_of(kept->second[i])});
  return frames;
}

// The side that writes is the one that is blamed; of two the lower address, so that the same race
// is always said in the same way.
void ScheduledRun::report(const races::Race& race) {
  const races::Side* blamed = &race.earlier;
  const races::Side* other = &race.later;
  if (blamed->writes == other->writes ? other->at < blamed->at : other->writes)
    std::swap(blamed, other);
  const auto a = code_.site_of({race.earlier.at, false});
  const auto b = code_.site_of({race.later.at, false});
  if (a && b && !race.later.frees) raced_.push_back({*a, *b});

  ledger::Where where;
  const std::string thread = names_.at(blamed->thread);
  where.phase = blamed->phase;
  where.thread = thread.c_str();
  where.other_thread = names_.at(other->thread);
  if (!race.certain) where.severity = Severity::note;
  Violation violation = violations_.describe(RuleId::data_race, where);
  violation.callback = blamed->callback;
  violation.frames = stack_of(*blamed);
  violation.other_frames = stack_of(*other);
  violation.call_site = violation.frames.front().call_site;
  violation.source = violation.frames.front().source;
  const std::string name = base::symbol_at(reinterpret_cast<const void*>(race.address));
  violation.message =
      fmt::format("{}; {}: nothing orders the two{}", describe(*blamed), describe(*other),
                  race.certain ? "" : ", unless both are atomics, which cannot be told here");
  if (!name.empty()) violation.message = fmt::format("`{}`: {}", name, violation.message);
  violations_.add(std::move(violation));
}

void ScheduledRun::explain(ScheduleSummary& summary) const {
  const Explanation explanation(code_, names_, sites_, controller_.steps());
  summary.explanation = explanation.of(options_);
  summary.steps = explanation.last_steps(kShownSteps);
  if (summary.points > Explanation::kMostSteps) return;
  for (const schedule::Turn& turn : controller_.turns())
    summary.turns.push_back({turn.thread, turn.times});
}

// The first of the ring is blamed.
void ScheduledRun::report(const races::Ring& ring) {
  const races::Nested& blamed = ring.front();
  const races::Nested& other = ring.back();
  ledger::Where where;
  const std::string thread = names_.at(blamed.thread);
  where.caller = blamed.inner.caller;
  where.phase = blamed.phase;
  where.thread = thread.c_str();
  where.other_thread = names_.at(other.thread);
  Violation violation = violations_.describe(RuleId::lock_order_inverted, where);
  violation.callback = blamed.callback;
  violation.other_frames = {
      {base::describe_address(other.inner.caller), base::source_of(other.inner.caller)}};
  std::vector<std::string> sentences;
  for (const races::Nested& one : ring)
    sentences.push_back(fmt::format("{} takes {} while it has {}", names_.at(one.thread),
                                    describe_lock(one.inner), describe_lock(one.outer)));
  violation.message = fmt::format("{}: in another schedule {} for ever", fmt::join(sentences, "; "),
                                  ring.size() == 2 ? "both wait" : "all wait");
  violations_.add(std::move(violation));
  // The others have their locks before the first one waits for its own.
  const auto a = code_.site_of({other.outer.caller, true});
  const auto b = code_.site_of({blamed.inner.caller, true});
  if (a && b) raced_.push_back({*a, *b});
}

std::vector<SiteOrder> ScheduledRun::conflicts() const {
  std::vector<SiteOrder> all;
  for (const auto& [first, second] : detector_->conflicts()) {
    const auto a = code_.site_of(first);
    const auto b = code_.site_of(second);
    if (a && b) all.push_back({*a, *b});
  }
  return all;
}

ScheduleSummary ScheduledRun::summary(bool ended) const {
  const schedule::RunStats stats = controller_.stats();
  ScheduleSummary summary;
  summary.controlled = true;
  summary.points = stats.points;
  summary.choices = strategy_->choices();
  summary.switches = stats.switches;
  summary.order = static_cast<std::uint32_t>(stats.order ^ (stats.order >> 32));
  summary.weights = weights_of(stats.counts);
  summary.left_over = stats.left_over;
  summary.races = raced_;
  summary.conflicts = conflicts();
  if (options_.explain) explain(summary);
  summary.not_watched = code_.not_watched();
  for (const auto& [at, number] : not_controlled_)
    summary.not_controlled.push_back(
        fmt::format("system call {} at {}", number, base::describe_instruction(at)));
  if (ended && options_.order && *options_.order != summary.order)
    summary.diverged = fmt::format(
        "the schedule {} was not repeated: the run's order is {:08x}; are plugin, options and "
        "configuration those of the run that printed it?",
        to_string(options_), summary.order);
  return summary;
}

void ScheduledRun::die(schedule::Stall how, const std::vector<Stuck>& threads) {
  const bool livelock = how == schedule::Stall::livelock;
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
