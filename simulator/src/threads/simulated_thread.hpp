// One simulated thread: its ThreadVars, its OS thread, and the module that it runs.
//
// When:    from TmThreads::create() until its family is cleared.
// Owner:   TmThreads, which joins it first.
// Threads: flags: any. The rest: [creator] before start() and after join(), the thread itself in
//          between.
// Source:  tm-threads.c (TmThreadsSlotPktAcqLoop, TmThreadsSlotVar, TmThreadsManagement); L13, L14.
#pragma once

#include <pthread.h>
#include <suricata/threadvars.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "abi/host.hpp"
#include "trace/context.hpp"
#include "trace/handover.hpp"

namespace surisim::engine {

class Thread;

enum class Ecode { ok, done, failed };

// Suricata's function that runs the thread; it decides which flags the thread sets (L13). `own`: a
// plugin's function, which sets all flags itself.
enum class ThreadFunction { pktacqloop, varslot, management, command, custom, own };
const char* to_string(ThreadFunction function);

// The work of a thread, called by its thread function.
class Module {
 public:
  virtual ~Module() = default;
  virtual Ecode init(Thread&) { return Ecode::ok; }
  // The thread's loop. A pktacqloop or management module sets RUNNING itself, as in Suricata.
  virtual Ecode run(Thread&) = 0;
  // Runs until KILL; only called when the module handles flows.
  virtual void flow_loop(Thread&) {}
  virtual void deinit(Thread&) {}
  // Wakes the thread if it waits for work: its flags have changed. [creator]
  virtual void wake() {}
  // Asks a plugin's capture loop to end; may be called again. [creator]
  virtual void break_loop(Thread&) {}

  virtual bool receives() const { return false; }       // captures packets
  virtual bool handles_flows() const { return false; }  // has a flow worker
  virtual bool pauses() const { return true; }          // looks at PAUSE before it runs
};

struct ThreadSpec {
  std::string name;                 // cut to 15 characters (L6)
  std::string printable_name = {};  // set after creation, before the spawn; empty: none
  std::string iface_name = {};
  int type = TVT_PPT;
  ThreadFunction function = ThreadFunction::pktacqloop;
  int modules = 1;       // appended after creation
  bool control = false;  // has a mutex and a condition (`mucond`)
  bool in_queue = false;
  bool out_queues = false;
  // The wrapper of TmThreadCreate; null: none, and the ThreadVars gets no id.
  const char* created_by = "TmThreadCreatePacketHandler";
};

class Thread final : public EventThread {
 public:
  Thread(ThreadSpec spec, std::unique_ptr<Module> module, ThreadVars* tv, std::size_t thread_slots,
         std::size_t flow_slots);
  ~Thread();
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  const std::string& name() const { return name_; }
  // The name as events keep it, which outlives the thread.
  const char* event_name = "";
  Journal* journal = nullptr;
  const ThreadSpec& spec() const { return spec_; }
  ThreadVars* tv() const { return tv_; }
  bool describe(Subject& subject) const override;
  Module& module() const { return *module_; }
  Context& context() { return context_; }
  const Context& context() const { return context_; }

  // Flags are atomic, and each change is recorded just before it is made. [any thread]
  void set_flags(std::uint32_t flags);
  void unset_flags(std::uint32_t flags);
  bool has(std::uint32_t any_of) const;
  std::uint32_t flags() const { return std::atomic_ref(*flags_).load(std::memory_order_acquire); }
  void wait_for(std::uint32_t any_of) const { wait_until(any_of, {}); }
  // False: the deadline passed first.
  bool wait_until(std::uint32_t any_of, Deadline deadline) const;
  // Waits until the flag is no longer set.
  void wait_while(std::uint32_t flag) const;
  // Sets PAUSED and waits for the release. False: killed while paused, so PAUSE and PAUSED stay set
  // (L14).
  bool wait_for_unpause();

  // Starts the OS thread. Returns 0 or an errno value.
  int start();
  void join();
  bool started() const { return started_; }  // and not joined yet
  bool was_started() const { return was_started_; }

  // Appends the modules: tm_slots is no longer NULL.
  void append_modules();
  // Counts a module that a plugin appended.
  void count_module() { ++modules_; }
  int modules() const { return modules_; }
  void release_out_queues() { abi::in_thread().outctx(*tv_) = nullptr; }
  // Call it before the ThreadVars is freed: from now on there is none.
  void forget_tv() {
    id_ = abi::in_thread().id(*tv_);
    tv_ = nullptr;
    flags_ = nullptr;
  }
  int id() const { return tv_ != nullptr ? abi::in_thread().id(*tv_) : id_; }

  Counter init_callbacks;   // run for this ThreadVars
  bool fail_init = false;   // injected faults (L14)
  bool fail_start = false;  // there is nothing to capture from (L15)
  bool fail_run = false;
  std::vector<const char*> made_on;  // by thread slot: the OS thread that set the value
  std::vector<char> ever_set;        // by thread slot: 1 if it has ever held a value

 private:
  static void* entry(void* self);
  void run_thread_function();

  ThreadSpec spec_;
  std::string name_;
  std::unique_ptr<Module> module_;
  ThreadVars* tv_;
  std::uint32_t* flags_;  // of tv_
  Context context_;
  ClockMark mark_;
  Waiters waiters_;
  OsThread os_thread_;
  bool started_ = false;
  bool was_started_ = false;
  int id_ = 0;
  int modules_ = 0;
};

// True if the last event of this log was about the same thread, and its flags have not changed
// since. The other fields of a ThreadVars change only with an engine event, which records them.
// `thread` has a ThreadVars, or is NULL.
inline bool is_last_subject(const Context& mine, const Thread* thread) noexcept {
  if (thread == nullptr) return false;
  const Subject& last = mine.log->subject();
  return last.tv_name == thread->event_name && last.tv_flags == thread->flags() &&
         last.lifecycle == mine.lifecycle;
}

// Records that a value of `thread` (which has a ThreadVars, or is NULL) is set, taken or freed.
// `mine` is the calling thread's context, and has a log. Inline, because it is on the packet path.
inline void record_value(Context& mine, EventKind kind, const char* slot, const char* made_on,
                         const Thread* thread) {
  if (mine.recorder->stopped()) return;
  if (!mine.log->has_room() || !is_last_subject(mine, thread)) {
    record(kind, {.what = slot, .detail = made_on, .thread = thread});
    return;
  }
  mine.log->add({.kind = kind,
                 .has_thread = true,
                 .clock = mine.clock.tick(),
                 .what = slot,
                 .detail = made_on});
}

}  // namespace surisim::engine
