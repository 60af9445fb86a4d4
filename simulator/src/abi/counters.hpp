// Statistics counters, in both versions: which ones threads have registered, and their totals.
//
// When:    open() and close() once for each lifecycle (StatsInit, StatsReleaseResources). For each
//          thread prepare_counters() when it starts, sync_counters() to update the totals,
//          release_counters() when it is freed.
// Owner:   counters belong to the context that they were registered in, a ThreadVars' or a
//          plugin's; the totals belong to the registry and outlive threads.
// Threads: prepare_counters(), sync_counters(): the thread itself. release_counters(): the thread
//          that frees it. totals(): any.
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

// What one context has registered, and its values at the last sync().
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

  // Returns the id; 0: out of memory, or no name.
  std::uint16_t add_global(const char* name, std::uint64_t (*function)(void), std::uint32_t plugin);
  // Asks each global counter's function. [CS]
  void ask_globals();
  // One total for each name, in the order in which they first occurred.
  std::vector<CounterInfo> totals() const;

  void add(std::unique_ptr<CountedThread> thread);
  // Copies the values of the context at `base`, if it has any.
  void sync(const void* base);
  // Call it before the context's memory is freed: its totals stay.
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
