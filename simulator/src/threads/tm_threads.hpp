// The threads of a run by family (packet, management, command): created and spawned one at a time,
// released together, killed and freed family by family. Functions are named after Suricata's.
//
// When:    in the order of declaration, once for each thread lifecycle.
// Owner:   the Engine; it owns the threads.
// Threads: [creator]
// Source:  tm-threads.c; L5 to L15, L24 to L28.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.hpp"
#include "threads/simulated_thread.hpp"
#include "trace/recorder.hpp"

namespace surisim::engine {

class TmThreads {
 public:
  // `recorder` and `journal` may be nullptr. `record_flows`: events of single flows and packets
  // too.
  TmThreads(Recorder* recorder, bool record_flows, Journal* journal = nullptr)
      : recorder_(recorder), flows_(record_flows), journal_(journal) {}

  // TmThreadCreate and its wrappers: allocates the ThreadVars, sets PAUSE, runs the init callbacks,
  // then sets type and id. nullptr: out of memory, or an injected fault, after which the ThreadVars
  // has been freed, as in Suricata.
  Thread* create(ThreadSpec spec, std::unique_ptr<Module> module, bool inject_failure = false);
  // TmThreadSpawn: starts the OS thread, waits without a limit until it is initialised or has
  // failed, appends it to its family. Returns 0, or an errno value when the OS refuses the thread
  // (L7, L14).
  int spawn(Thread& thread, bool inject_failure = false);

  // TmThreadWaitOnThreadInit: nullptr when all are initialised, else the one that failed (L14) or
  // is late (L15).
  Thread* wait_on_thread_init(std::uint32_t limit_ms = 120'000) const;
  // Waits until every thread that pauses has paused. Suricata does not wait, but checks so rarely
  // that it nearly always finds them paused (L7); waiting makes that certain, and runs alike.
  void wait_until_paused() const;
  // For the same reason, waits until every released thread has seen its release.
  void wait_until_resumed() const;
  void continue_threads();
  // TmThreadWaitOnThreadRunning: nullptr, or the thread that failed or is late (L15).
  Thread* wait_on_thread_running(std::uint32_t limit_ms = 60'000) const;

  // TmThreadKillThreadsFamily: KILL, DEINIT and join for one thread after the other (L24).
  void kill_family(int type);
  // TmThreadClearThreadsFamily: frees thread storage and ThreadVars in the order of appending
  // (L25).
  void clear_family(int type);

  // A ThreadVars without an OS thread and outside the families, for callbacks that are run alone.
  // nullptr: out of memory, or an injected fault.
  Thread* add_alone(ThreadSpec spec, std::unique_ptr<Module> module);
  static void run_init_callbacks(Thread& thread);
  // Frees its storage and ThreadVars as clear_family() does.
  void free_alone(Thread& thread);

  // After the engine has exited: stops and joins every thread and frees the ThreadVars, with no
  // event and no Free (L14).
  void abandon();

  const std::vector<Thread*>& family(int type) const { return families_[type]; }
  // Every thread since the last forget_freed(), in creation order, freed ones included.
  const std::vector<std::unique_ptr<Thread>>& all() const SURISIM_NO_THREAD_SAFETY_ANALYSIS {
    return threads_;  // which only the owner changes
  }
  // The same on another thread, at any time: `visit` is called with each. [any thread]
  template <class Visit>
  void for_each(Visit visit) const {
    const MutexLock lock(mutex_);
    for (const auto& thread : threads_) visit(std::as_const(*thread));
  }
  // Forgets the threads whose ThreadVars has been freed.
  void forget_freed();

  void set_lifecycle(std::uint32_t lifecycle) { lifecycle_ = lifecycle; }

 private:
  // Calls `act` with each spawned thread, family by family.
  template <class Act>
  void for_each_spawned(Act act) const;
  // Allocates the ThreadVars of a thread, paused. nullptr: out of memory, or an injected fault.
  Thread* allocate(ThreadSpec spec, std::unique_ptr<Module> module);
  static void fill(const Thread& thread);
  static void name(const Thread& thread);
  int register_thread();
  void free_thread(Thread& thread);

  Recorder* recorder_;
  bool flows_;
  Journal* journal_;
  std::uint32_t lifecycle_ = 0;
  mutable Mutex mutex_;  // held to change threads_
  std::vector<std::unique_ptr<Thread>> threads_ SURISIM_GUARDED_BY(mutex_);
  std::vector<Thread*> families_[TVT_MAX];
  std::vector<bool> ids_in_use_;
};

}  // namespace surisim::engine
