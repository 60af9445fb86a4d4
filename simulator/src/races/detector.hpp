// Finds data races: two accesses of the same memory by two threads, of which one is a write and
// neither waited for the other. It need not have gone wrong: that nothing orders them is enough.
//
// An access is what translate/ has seen in a plugin's code. What orders two: hand-overs of the
// engine, starts and ends of threads, the plugin's locks and other waiting functions (schedule/),
// atomics. surisim's own locks do not.
//
// When:    one for each run under control, from its begin to its end.
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
  // False: one of the two may be an atomic, or may order them if it is.
  bool certain = true;
};

// Two places where two threads came to the same object, one after the other, and could have come in
// the other order.
using Conflict = std::pair<schedule::Place, schedule::Place>;

// What runs on the calling thread.
struct Moment {
  const char* callback = "";
  const char* phase = "";
  const void* function = nullptr;  // the plugin's; NULL: not known
};

class Detector final : public schedule::SyncObserver {
 public:
  // `accesses`: the calling thread's since the last time it was asked. `now`: what runs on it.
  // `found`: called at once for a new race that is certain.
  Detector(std::function<std::span<const translate::Access>()> accesses,
           std::function<std::span<const translate::Site>()> sites, std::function<Moment()> now,
           AtomicSites& atomics, std::function<void(const Race&)> found);

  // Accesses of the thread that have become too many to wait until `accesses` is called.
  void add(ThreadId thread, std::span<const translate::Access> accesses);

  // The races that are not certain.
  std::vector<Race> perhaps() const;
  const std::set<Conflict>& conflicts() const { return conflicts_; }
  // What the thread knows of the other threads.
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
  // The calling thread's accesses so far.
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
  Clocks ended_;  // of all threads that have ended: their memory is used again
  std::map<const void*, Clocks> objects_;
  std::map<const void*, Clocks> readers_;  // of read-write locks
  std::map<const void*, std::set<std::pair<ThreadId, const void*>>> lockers_;  // and their calls
  std::vector<std::vector<const void*>> lock_sets_{{}};
  std::map<std::vector<const void*>, std::uint32_t> lock_set_ids_{{{}, 0}};
  Shadow shadow_;
  std::map<std::pair<const void*, const void*>, Race> races_;
  std::set<Conflict> conflicts_;
};

}  // namespace surisim::races
