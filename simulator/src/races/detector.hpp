// Finds data races: two threads access the same memory, at least one of them writes, and nothing
// orders the two accesses, whatever their order was in this run.
//
// Accesses are those that translate/ sees in plugins' code. They are ordered by hand-overs of the
// engine, starts and ends of threads, the plugin's locks and other waiting functions (schedule/),
// and atomics; not by surisim's own locks.
//
// When:    during a run under control (--schedule).
// Owner:   the engine's ScheduledRun.
// Threads: the one that has the baton.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "races/atomic_sites.hpp"
#include "races/shadow.hpp"
#include "schedule/operation.hpp"
#include "translate/translation.hpp"

namespace surisim::races {

struct Race {
  Side earlier, later;
  std::uintptr_t address = 0;
  // False: one of the accesses, or one that may order them, may be an atomic.
  bool certain = true;
};

// Two places at which two threads used the same object one after the other, and could have done so
// in the other order.
using Conflict = std::pair<schedule::Place, schedule::Place>;

// What runs on the calling thread.
struct Moment {
  const char* callback = "";
  const char* phase = "";
  const void* function = nullptr;  // the plugin's; NULL: unknown
};

class Detector final : public schedule::SyncObserver {
 public:
  // `accesses` returns the calling thread's accesses since it was last called; `now`: what runs on
  // it. `found` is called at once for each new race that is certain.
  Detector(std::function<std::span<const translate::Access>()> accesses,
           std::function<std::span<const translate::Site>()> sites, std::function<Moment()> now,
           AtomicSites& atomics, std::function<void(const Race&)> found);

  // Accesses that are too many to wait until `accesses` is called.
  void add(ThreadId thread, std::span<const translate::Access> accesses);

  // The races that are not certain.
  std::vector<Race> uncertain() const;
  const std::set<Conflict>& conflicts() const { return conflicts_; }
  // How much the thread knows of the other threads.
  const Clocks& clocks(ThreadId id) { return thread(id).clocks; }

  void begins(ThreadId thread) override;
  void ends(ThreadId thread) override;
  void creates(ThreadId thread, ThreadId created) override;
  void joins(ThreadId thread, ThreadId ended) override;
  void pauses(ThreadId thread) override;
  void releases_to(ThreadId thread, const void* object, schedule::ReleaseKind how) override;
  void acquires_from(ThreadId thread, const void* object) override;
  void locks(ThreadId thread, const schedule::Operation& operation,
             std::span<const schedule::Operation> held) override;
  void unlocks(ThreadId thread, const schedule::Operation& operation) override;
  void frees(ThreadId thread, const void* block, std::size_t size, const void* caller) override;

 private:
  struct Thread {
    Clocks clocks;
    std::vector<const void*> held;
    std::uint32_t locks = 0;  // `held`, as an index into lock_sets_
  };
  Thread& thread(ThreadId id);
  // Adds the calling thread's accesses so far.
  void catch_up(ThreadId id) { add(id, accesses_()); }
  void access(Thread& mine, const Side& side, std::uintptr_t begin, std::uintptr_t end);
  void access_word(Thread& mine, const Side& side, Word& word, Bytes bytes, std::uintptr_t address);
  void atomic_access(Thread& mine, const Side& side, Word& word, Edge edge);
  void compare(Thread& mine, const Cell& before, const Side& side, std::uintptr_t address);
  void leave(Clocks& at, Thread& mine, ThreadId id, Edge edge);
  void hold(Thread& mine);
  bool share_a_lock(std::uint32_t a, std::uint32_t b) const;
  void note_conflict(const schedule::Place& a, const schedule::Place& b);

  const std::function<std::span<const translate::Access>()> accesses_;
  const std::function<std::span<const translate::Site>()> sites_;
  const std::function<Moment()> now_;
  AtomicSites& atomics_;
  const std::function<void(const Race&)> found_;

  std::vector<Thread> threads_;
  Clocks ended_;  // of all threads that have ended
  std::map<const void*, Clocks> objects_;
  std::map<const void*, Clocks> readers_;  // of read-write locks
  // For each lock, the threads that have locked it and the calls.
  std::map<const void*, std::set<std::pair<ThreadId, const void*>>> lockers_;
  std::vector<std::vector<const void*>> lock_sets_{{}};
  std::map<std::vector<const void*>, std::uint32_t> lock_set_ids_{{{}, 0}};
  Shadow shadow_;
  std::map<std::pair<const void*, const void*>, Race> races_;
  std::set<Conflict> conflicts_;
};

}  // namespace surisim::races
