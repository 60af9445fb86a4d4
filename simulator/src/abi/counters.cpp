// Stats*: C functions with which plugins register counters and count, in both versions. Facts E32,
// E34. Source: counters.c.
//
// The headers here are 9.0's. 8.0's functions get a ThreadVars where 9.0's get its
// StatsThreadContext, and a number where 9.0's get a struct of one number, which is the same call.
#include "abi/counters.hpp"

#include <suricata/counters.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>

#include "abi/callbacks.hpp"
#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"

// Types that the C header only declares.
struct StatsCounter_ {
  surisim::abi::CounterKind kind;
  std::uint16_t id;
  std::uint16_t dividend;  // of a quotient: ids of the counters that it is made of
  std::uint16_t divisor;
  const char* name;  // the caller's pointer
  StatsCounter_* next;
};
struct StatsLocalCounter_ {
  std::int64_t value;
  std::uint64_t updates;
};

namespace surisim::abi {

namespace {

using Counter = StatsCounter_;
using Value = StatsLocalCounter_;

// The counters of a thread, where its version has them: in ThreadVars, or in a StatsThreadContext.
class Counted {
 public:
  Counted(const ThreadLayout& layout, void* base)
      : base_(static_cast<char*>(base)), layout_(layout) {}

  Counter*& list() const { return at<Counter*>(layout_.counter_list); }
  std::uint16_t& last_id() const { return at<std::uint16_t>(layout_.counter_ids); }
  StatsPrivateThreadContext& values() const {
    return at<StatsPrivateThreadContext>(layout_.counter_values);
  }
  Counter* find(const char* name) const {
    for (Counter* one = list(); one != nullptr; one = one->next) {
      if (std::strcmp(one->name, name) == 0) return one;
    }
    return nullptr;
  }

 private:
  template <class T>
  T& at(std::uint16_t offset) const {
    return *reinterpret_cast<T*>(base_ + offset);
  }

  char* base_;
  const ThreadLayout& layout_;
};

Counted counted(void* base) { return {in_thread(), base}; }
void* base_of(ThreadVars* tv) { return reinterpret_cast<char*>(tv) + in_thread().counters; }
ThreadVars* thread_of(const void* base) {
  if (base == nullptr) return nullptr;
  return reinterpret_cast<ThreadVars*>(static_cast<char*>(const_cast<void*>(base)) -
                                       in_thread().counters);
}

std::uint16_t add(void* base, const char* name, CounterKind kind, const char* function,
                  const void* return_address, const char* dividend = nullptr,
                  const char* divisor = nullptr) {
  const HostScope scope;
  note_call(function);
  if (watched() && observer() != nullptr &&
      !observer()->allow(CounterCall{.thread = thread_of(base),
                                     .given = base,
                                     .caller = plugin_call(return_address),
                                     .function = function}))
    return 0;
  if (name == nullptr || base == nullptr) return 0;
  const Counted mine = counted(base);
  if (const Counter* const known = mine.find(name)) return known->id;
  const auto id_of = [&mine](const char* counter) {
    const Counter* const found = counter == nullptr ? nullptr : mine.find(counter);
    return found == nullptr ? std::uint16_t{0} : found->id;
  };
  const std::uint16_t above = id_of(dividend);
  const std::uint16_t below = id_of(divisor);
  std::uint16_t id = 0;
  if (kind == CounterKind::quotient) {
    if (above == 0 || below == 0) return 0;
    for (const Counter* one = mine.list(); one != nullptr; one = one->next) {
      if (one->kind == CounterKind::quotient) ++id;
    }
    ++id;
  }
  auto* const made = static_cast<Counter*>(std::malloc(sizeof(Counter)));
  if (made == nullptr) return 0;
  if (kind != CounterKind::quotient) {
    id = ++mine.last_id();
    // The second one counts updates.
    if (kind == CounterKind::average && host().average_has_two_ids) ++mine.last_id();
  }
  *made = {
      .kind = kind, .id = id, .dividend = above, .divisor = below, .name = name, .next = nullptr};
  Counter** last = &mine.list();
  while (*last != nullptr) last = &(*last)->next;
  *last = made;
  return id;
}

// The counter's value. NULL: there is none, which is reported.
Value* value_of(void* base, std::uint16_t id, const char* function, const void* return_address) {
  if (watched()) [[unlikely]] {
    note_call(function);
    Observer* const watcher = observer();
    if (watcher != nullptr && !watcher->allow(CounterCall{.thread = thread_of(base),
                                                          .given = base,
                                                          .id = id,
                                                          .caller = plugin_call(return_address),
                                                          .function = function}))
      return nullptr;
  }
  if (base == nullptr) return nullptr;
  const StatsPrivateThreadContext& values = counted(base).values();
  return id < values.size ? &values.head[id] : nullptr;
}

}  // namespace

const char* to_string(CounterKind kind) {
  switch (kind) {
    case CounterKind::sum:
      return "sum";
    case CounterKind::average:
      return "average";
    case CounterKind::maximum:
      return "maximum";
    case CounterKind::quotient:
      return "quotient";
    case CounterKind::global:
      return "global";
  }
  return "";
}

CounterState counter_state(const void* base, std::uint16_t id) {
  const Counted mine = counted(const_cast<void*>(base));
  const StatsPrivateThreadContext& values = mine.values();
  if (id == 0) return CounterState::refused;
  if (id < values.size) return CounterState::counts;
  if (id > mine.last_id()) return CounterState::unknown;
  return values.initialized == 0 ? CounterState::too_early : CounterState::too_late;
}

struct CountedThread {
  struct Shown {
    CounterKind kind;
    std::string name;
    std::uint16_t value;    // where it is in `values`
    std::uint16_t updates;  // of a quotient: the divisor
  };
  const void* base;  // NULL: it has been freed
  std::string name;
  std::vector<Shown> counters;
  std::vector<Value> values;  // by id
};

struct CounterRegistry::Global {
  std::string name;
  std::uint64_t (*function)(void);
  std::uint32_t plugin;
  std::uint64_t value = 0;
};

CounterRegistry::CounterRegistry() = default;
CounterRegistry::~CounterRegistry() = default;

bool CounterRegistry::is_open() const {
  const MutexLock lock(mutex_);
  return open_;
}

bool CounterRegistry::enabled() const {
  const MutexLock lock(mutex_);
  return enabled_;
}

void CounterRegistry::open(bool enabled) {
  close();
  const MutexLock lock(mutex_);
  open_ = true;
  enabled_ = enabled;
}

void CounterRegistry::close() {
  const MutexLock lock(mutex_);
  threads_.clear();
  globals_.clear();
  open_ = false;
  enabled_ = true;
}

std::uint16_t CounterRegistry::add_global(const char* name, std::uint64_t (*function)(void),
                                          std::uint32_t plugin) {
  if (name == nullptr) return 0;
  const MutexLock lock(mutex_);
  const auto known = std::find_if(globals_.begin(), globals_.end(),
                                  [&](const auto& one) { return one->name == name; });
  if (known != globals_.end()) return static_cast<std::uint16_t>(known - globals_.begin() + 1);
  globals_.push_back(std::make_unique<Global>(Global{name, function, plugin}));
  return static_cast<std::uint16_t>(globals_.size());
}

void CounterRegistry::ask_globals() {
  std::vector<Global*> all;  // called without the lock, which the function may need
  {
    const MutexLock lock(mutex_);
    for (const auto& one : globals_) all.push_back(one.get());
  }
  for (Global* const one : all) {
    if (one->function == nullptr) continue;
    std::uint64_t value = 0;
    run_guarded(JournalCallback::counter, nullptr, one->plugin,
                reinterpret_cast<const void*>(one->function), [&] { value = one->function(); });
    const MutexLock lock(mutex_);
    one->value = value;
  }
}

void CounterRegistry::add(std::unique_ptr<CountedThread> thread) {
  const MutexLock lock(mutex_);
  threads_.push_back(std::move(thread));
}

void CounterRegistry::sync(const void* base) {
  const StatsPrivateThreadContext& values = counted(const_cast<void*>(base)).values();
  if (values.head == nullptr) return;
  const MutexLock lock(mutex_);
  for (const auto& thread : threads_) {
    if (thread->base != base) continue;
    const std::size_t most = std::min<std::size_t>(values.size, thread->values.size());
    std::copy_n(values.head, most, thread->values.begin());
  }
}

void CounterRegistry::forget(const void* base) {
  const MutexLock lock(mutex_);
  for (const auto& thread : threads_) {
    if (thread->base == base) thread->base = nullptr;
  }
}

std::vector<CounterInfo> CounterRegistry::totals() const {
  struct Sum {
    std::int64_t value = 0;
    std::uint64_t updates = 0;
  };
  const auto divides = [](CounterKind kind) {
    return kind == CounterKind::average || kind == CounterKind::quotient;
  };
  const auto result = [&](CounterKind kind, const Sum& sum) {
    if (!divides(kind)) return sum.value;
    if (sum.value <= 0 || sum.updates == 0) return std::int64_t{0};
    return sum.value / static_cast<std::int64_t>(sum.updates);
  };
  std::vector<CounterInfo> all;
  std::vector<std::pair<CounterKind, Sum>> sums;  // of all, in the same order
  std::map<std::string, std::size_t> places;
  const MutexLock lock(mutex_);
  for (const auto& thread : threads_) {
    for (const CountedThread::Shown& one : thread->counters) {
      const Value& value = thread->values[one.value];
      const Sum own{value.value, one.kind == CounterKind::quotient
                                     ? static_cast<std::uint64_t>(thread->values[one.updates].value)
                                     : value.updates};
      const auto [place, is_new] = places.try_emplace(one.name, all.size());
      if (is_new) {
        all.push_back({.name = one.name, .kind = to_string(one.kind), .value = 0, .threads = {}});
        sums.emplace_back(one.kind, Sum{});
      }
      auto& [kind, sum] = sums[place->second];
      sum.value =
          kind == CounterKind::maximum ? std::max(sum.value, own.value) : sum.value + own.value;
      sum.updates += own.updates;
      all[place->second].threads.push_back({thread->name, result(one.kind, own)});
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) all[i].value = result(sums[i].first, sums[i].second);
  for (const auto& one : globals_) {
    all.push_back({.name = one->name,
                   .kind = to_string(CounterKind::global),
                   .value = static_cast<std::int64_t>(one->value),
                   .threads = {}});
  }
  return all;
}

void prepare_counters(ThreadVars* tv, const char* thread_name) {
  (void)StatsSetupPrivate(static_cast<StatsThreadContext*>(base_of(tv)), thread_name);
}

void sync_counters(ThreadVars* tv) { state().counters.sync(base_of(tv)); }

void release_counters(ThreadVars* tv) {
  StatsThreadCleanup(static_cast<StatsThreadContext*>(base_of(tv)));
}

}  // namespace surisim::abi

using namespace surisim::abi;

// Registering.

SURISIM_ABI StatsCounterId StatsRegisterCounter(const char* name, StatsThreadContext* stats) {
  return {add(stats, name, CounterKind::sum, __func__, SURISIM_RETURN_ADDRESS)};
}

SURISIM_ABI StatsCounterAvgId StatsRegisterAvgCounter(const char* name, StatsThreadContext* stats) {
  return {add(stats, name, CounterKind::average, __func__, SURISIM_RETURN_ADDRESS)};
}

SURISIM_ABI StatsCounterMaxId StatsRegisterMaxCounter(const char* name, StatsThreadContext* stats) {
  return {add(stats, name, CounterKind::maximum, __func__, SURISIM_RETURN_ADDRESS)};
}

SURISIM_ABI StatsCounterDeriveId StatsRegisterDeriveDivCounter(const char* name,
                                                               const char* dividend,
                                                               const char* divisor,
                                                               StatsThreadContext* stats) {
  return {
      add(stats, name, CounterKind::quotient, __func__, SURISIM_RETURN_ADDRESS, dividend, divisor)};
}

SURISIM_ABI StatsCounterGlobalId StatsRegisterGlobalCounter(const char* name,
                                                            uint64_t (*function)(void)) {
  const HostScope host;
  note_call(__func__);
  if (!state().counters.is_open()) {
    notify(FatalCall{__func__, "statistics are set up after plugins' Init", true, SURISIM_CALLER});
    return {0};
  }
  return {state().counters.add_global(name, function, running_plugin())};
}

SURISIM_ABI bool StatsEnabled(void) { return state().counters.enabled(); }

// Counting in 9.0.

SURISIM_ABI void StatsCounterIncr(StatsThreadContext* stats, StatsCounterId id) {
  if (auto* const one = value_of(stats, id.id, __func__, SURISIM_RETURN_ADDRESS)) ++one->value;
}

SURISIM_ABI void StatsCounterDecr(StatsThreadContext* stats, StatsCounterId id) {
  if (auto* const one = value_of(stats, id.id, __func__, SURISIM_RETURN_ADDRESS)) --one->value;
}

SURISIM_ABI void StatsCounterAddI64(StatsThreadContext* stats, StatsCounterId id, int64_t x) {
  if (auto* const one = value_of(stats, id.id, __func__, SURISIM_RETURN_ADDRESS)) one->value += x;
}

SURISIM_ABI void StatsCounterSetI64(StatsThreadContext* stats, StatsCounterId id, int64_t x) {
  if (auto* const one = value_of(stats, id.id, __func__, SURISIM_RETURN_ADDRESS)) one->value = x;
}

SURISIM_ABI void StatsCounterMaxUpdateI64(StatsThreadContext* stats, StatsCounterMaxId id,
                                          int64_t x) {
  if (auto* const one = value_of(stats, id.id, __func__, SURISIM_RETURN_ADDRESS))
    one->value = std::max(one->value, x);
}

SURISIM_ABI void StatsCounterAvgAddI64(StatsThreadContext* stats, StatsCounterAvgId id, int64_t x) {
  if (auto* const one = value_of(stats, id.id, __func__, SURISIM_RETURN_ADDRESS)) {
    one->value += x;
    ++one->updates;
  }
}

SURISIM_ABI int64_t StatsCounterGetLocalValue(StatsThreadContext* stats, StatsCounterId id) {
  const auto* const one = value_of(stats, id.id, __func__, SURISIM_RETURN_ADDRESS);
  return one == nullptr ? 0 : one->value;
}

// Counting in 8.0. Declared here: the headers are those of 9.0.

extern "C" {
void StatsIncr(ThreadVars* tv, uint16_t id);
void StatsDecr(ThreadVars* tv, uint16_t id);
void StatsAddUI64(ThreadVars* tv, uint16_t id, uint64_t x);
void StatsSetUI64(ThreadVars* tv, uint16_t id, uint64_t x);
uint64_t StatsGetLocalCounterValue(ThreadVars* tv, uint16_t id);
}

SURISIM_ABI void StatsAddUI64(ThreadVars* tv, uint16_t id, uint64_t x) {
  if (auto* const one = value_of(tv, id, __func__, SURISIM_RETURN_ADDRESS)) {
    one->value += static_cast<int64_t>(x);
    ++one->updates;
  }
}

SURISIM_ABI void StatsIncr(ThreadVars* tv, uint16_t id) {
  if (auto* const one = value_of(tv, id, __func__, SURISIM_RETURN_ADDRESS)) {
    ++one->value;
    ++one->updates;
  }
}

SURISIM_ABI void StatsDecr(ThreadVars* tv, uint16_t id) {
  if (auto* const one = value_of(tv, id, __func__, SURISIM_RETURN_ADDRESS)) {
    --one->value;
    ++one->updates;
  }
}

SURISIM_ABI void StatsSetUI64(ThreadVars* tv, uint16_t id, uint64_t x) {
  auto* const one = value_of(tv, id, __func__, SURISIM_RETURN_ADDRESS);
  if (one == nullptr) return;
  const StatsCounter_* counter = counted(tv).list();
  while (counter != nullptr && counter->id != id) counter = counter->next;
  const CounterKind kind = counter == nullptr ? CounterKind::average : counter->kind;
  const auto value = static_cast<int64_t>(x);
  if (kind == CounterKind::sum || (kind == CounterKind::maximum && value > one->value))
    one->value = value;
  ++one->updates;
}

SURISIM_ABI uint64_t StatsGetLocalCounterValue(ThreadVars* tv, uint16_t id) {
  const auto* const one = value_of(tv, id, __func__, SURISIM_RETURN_ADDRESS);
  return one == nullptr ? 0 : static_cast<uint64_t>(one->value);
}

// What the host calls for its threads.

SURISIM_ABI void StatsThreadInit(StatsThreadContext* stats) {
  SURISIM_NOT_NULL(stats);
  stats->pub = {};
}

SURISIM_ABI int StatsSetupPrivate(StatsThreadContext* stats, const char* thread_name) {
  SURISIM_NOT_NULL(stats);
  const HostScope host;
  const Counted mine = counted(stats);
  StatsPrivateThreadContext& values = mine.values();
  const std::uint32_t size = mine.last_id() + 1U;
  auto* const head =
      static_cast<StatsLocalCounter_*>(std::calloc(size, sizeof(StatsLocalCounter_)));
  if (head == nullptr) return -1;
  std::free(values.head);
  values = {.head = head, .size = size, .initialized = 1};
  state().counters.forget(stats);
  // 8.0's function is given no name: its threads have one.
  const char* const name = in_thread().counters == 0 ? thread_of(stats)->name
                           : thread_name == nullptr  ? ""
                                                     : thread_name;
  auto thread = std::make_unique<CountedThread>(
      CountedThread{.base = stats, .name = name, .counters = {}, .values = {}});
  thread->values.resize(size);
  for (const StatsCounter_* one = mine.list(); one != nullptr; one = one->next) {
    const bool quotient = one->kind == CounterKind::quotient;
    thread->counters.push_back({.kind = one->kind,
                                .name = one->name,
                                .value = quotient ? one->dividend : one->id,
                                .updates = quotient ? one->divisor : one->id});
  }
  state().counters.add(std::move(thread));
  return 0;
}

SURISIM_ABI void StatsSyncCounters(StatsThreadContext* stats) {
  SURISIM_NOT_NULL(stats);
  state().counters.sync(stats);
}

SURISIM_ABI void StatsSyncCountersIfSignalled(StatsThreadContext* stats) {
  SURISIM_NOT_NULL(stats);  // never signalled: runs are shorter than Suricata's interval
}

SURISIM_ABI void StatsThreadCleanup(StatsThreadContext* stats) {
  SURISIM_NOT_NULL(stats);
  const Counted mine = counted(stats);
  state().counters.forget(stats);
  for (StatsCounter_* one = std::exchange(mine.list(), nullptr); one != nullptr;)
    std::free(std::exchange(one, one->next));
  mine.last_id() = 0;
  std::free(mine.values().head);
  mine.values() = {};
}
