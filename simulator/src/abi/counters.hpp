// Statistics counters of threads, of both versions: what is registered, counted, and added up.
//
// When:    open() and close() once a lifecycle (StatsInit, StatsReleaseResources); a thread's
//          functions as it lives: prepare(), sync(), release().
// Owner:   counters belong to the context that they were registered in, a ThreadVars' or a plugin's
//          own; the totals are the registry's and outlive threads.
// Threads: prepare(), sync(): the thread itself. release(): the one that frees it. totals(): any.
// Source:  counters.c; E32, E34.
#pragma once

#include <suricata/threadvars.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "surisim/summary.hpp"

namespace surisim::abi {

enum class CounterKind : std::uint8_t { sum, average, maximum, quotient, global };
const char* to_string(CounterKind kind);

// What one context has registered, and its values as the last sync() showed them.
struct CountedThread;

// What an id means for the context that is passed with it.
enum class CounterState : std::uint8_t {
  counts,
  refused,    // 0, which a refused registration returns
  too_early,  // registered, but the thread has not been initialised
  too_late,   // registered after the thread had been initialised (E34)
  unknown
};
CounterState counter_state(const void* base, std::uint16_t id);

class CounterRegistry {
 public:
  CounterRegistry();
  ~CounterRegistry();

  // [main] From now on global counters can be registered. `enabled`: statistics are written.
  void open(bool enabled);
  // [main] Forgets all totals and global counters.
  void close();
  bool is_open() const;
  bool enabled() const;

  // The id, 0: out of memory, or no name.
  std::uint16_t add_global(const char* name, std::uint64_t (*function)(void), std::uint32_t plugin);
  // Asks each global counter's function. [CS]
  void ask_globals();
  // By name, in the order in which threads showed them first.
  std::vector<CounterInfo> totals() const;

  void add(std::unique_ptr<CountedThread> thread);
  // Copies the values of the context at `base`. Nothing if it has none.
  void sync(const void* base);
  // The context's memory is going to be freed: its totals stay.
  void forget(const void* base);

 private:
  struct Global;

  mutable Mutex mutex_;
  bool open_ SURISIM_GUARDED_BY(mutex_) = false;
  bool enabled_ SURISIM_GUARDED_BY(mutex_) = true;
  std::vector<std::unique_ptr<CountedThread>> threads_ SURISIM_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Global>> globals_ SURISIM_GUARDED_BY(mutex_);
};

// What Suricata does for its threads, in the running version.
void prepare_counters(ThreadVars* tv, const char* thread_name);
void sync_counters(ThreadVars* tv);
void release_counters(ThreadVars* tv);

}  // namespace surisim::abi
