// Finds plugins' mistakes, with checks on: at the call that breaks a rule or, if the mistake shows
// only later, when the callback returns or the run ends. It gets each call and notice before the
// ledger, and passes it on.
//
// access.cpp:  whether a call may access an object's storage, or register anything, now.
// slots.cpp:   values that are shared, freed in place or read before they are set; slots' names.
// leaks.cpp:   memory that has leaked, or was used after it was freed.
// process.cpp: descriptors and threads, which plugins share with Suricata.
// checker.cpp: which check gets which call and notice.
//
// When:    during a run with checks on, from before the first plugin is loaded.
// Owner:   the Engine. The ledger, the loader and the threads outlive it.
// Threads: any, unless a tag says otherwise.
// Source:  the facts that the rules name: L17 to L21, L25, L27, L31 to L34.
#pragma once

#include <pthread.h>
#include <suricata/flow.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <suricata/output-eve.h>

#include "abi/observer.hpp"
#include "base/mutex.hpp"
#include "check/plugin_memory.hpp"
#include "check/process.hpp"
#include "ledger/ledger.hpp"
#include "plugin/plugin_loader.hpp"
#include "rules/found.hpp"
#include "trace/context.hpp"

namespace surisim::check {

// Which pointers are a ThreadVars or a Flow, and their state.
//
// Main may access a ThreadVars until its thread is spawned, then only that thread until it has been
// joined, then main again until the ThreadVars is freed (L25). A Flow's memory comes from a pool,
// which reuses it for other flows (L33).
class Handles {
 public:
  struct Known {
    abi::ThreadStage stage;
    bool of_plugin;  // the plugin made this ThreadVars itself
  };

  void thread_stage(const void* tv, abi::ThreadStage stage, bool of_plugin);
  // nullopt: not a known ThreadVars.
  std::optional<Known> thread(const void* tv) const;
  // The name of a simulated thread that has been spawned and not joined; empty: it is none.
  std::string name_of(pthread_t thread) const;

  // `made`: allocated; otherwise freed.
  void flow_memory(const void* flow, bool made);
  // handled: open, and some thread is handling it; closed: its storage has been freed.
  enum class FlowState { unknown, open, handled, closed };
  FlowState flow(const void* flow) const;

 private:
  mutable Mutex mutex_;
  std::unordered_map<const void*, Known> threads_ SURISIM_GUARDED_BY(mutex_);
  std::unordered_map<const void*, bool> flows_ SURISIM_GUARDED_BY(mutex_);
};

using ledger::Where;

// " by core::ptr::drop_in_place<State>" (with `by` " by") if this call in the plugin's own code
// calls such a function of Rust's standard library; otherwise "".
std::string by_rust_function(const char* by, const void* call);

class Checker final : public abi::Observer {
 public:
  Checker(ledger::Ledger& ledger, const engine::PluginLoader& loader,
          const engine::TmThreads& threads);

  // Called before the first plugin is loaded: threads that exist now belong to the program. [main]
  void before_plugins();
  // Called when an Init has returned. `frame`: the stack below it is no longer in use. `init`: the
  // function, or nullptr. [main]
  void init_returned(const void* frame, const void* init);
  // Called at the end of each phase. [creator]
  void phase_ends();
  // Called when storage is finalized. [main]
  void finalized();
  // Called before the engine creates threads: threads that exist now belong to the program, unless
  // a plugin's Init made them. [main]
  void before_threads();
  // Called before and after Suricata uses what plugins have registered for outputs. [main]
  void outputs_used() { check_outputs(nullptr); }
  // Called when the engine has freed everything. `threads_ran`: thread callbacks have run.
  // `faults_hit`: a fault was injected, so values may be missing.
  // [main] while no other engine thread runs
  void end_of_run(bool threads_ran, bool faults_hit);

  bool allow(const abi::StorageCall& call) override;
  bool allow(const abi::CallbackRegistration& call) override;
  bool allow(const abi::ThreadCall& call) override;
  bool allow(const abi::CounterCall& call) override;
  void happened(const abi::StorageCall& call) override;
  void happened(const abi::Notice& notice) override;
  void callback_returns(engine::Context& mine) override;

 private:
  template <class Message>
  void found(RuleId rule, const Where& where, Message message) {
    ledger_.violations().found(rule, where, message);
  }

  // access.cpp
  bool is_plain(const engine::Context& mine, const abi::StorageCall& call) const;
  // All other calls. Not inlined, because it needs a larger stack frame.
  [[gnu::noinline]] bool check_unusual(const abi::StorageCall& call, const char* name);
  bool check_access(abi::Access access, const Where& where);
  bool check_object(const Where& where);
  bool check_thread(const Where& where);
  bool check_flow(const Where& where);
  bool check_slot(const Where& where);
  void check_registration(const Where& where);

  // slots.cpp
  // The name of a slot and its text at the registration (L17).
  struct GivenName {
    const char* pointer;
    std::string text;  // cut by base::read_string()
    StorageEnum type;
    int id;
    std::uint32_t plugin;
    const void* caller;
    const char* phase;  // of the registration
    JournalCallback callback;
    bool reported = false;
  };
  void note_name(const abi::SlotRegistration& slot);
  void check_names(const void* dead_stack);
  // The name of a logger, or the name and the struct of a file type.
  struct GivenOutput {
    JournalCallback kind;
    const char* pointer;  // to the name
    std::string text;
    const SCEveFileType* type;  // null: a logger
    SCEveFileType copy;
    std::uint32_t plugin;
    const void* caller;
    const char* phase;
    JournalCallback callback;
    bool reported = false;
  };
  void note_output(const abi::OutputRegistration& output);
  void check_outputs(const void* dead_stack);
  std::string change_of(const GivenOutput& output, const std::vector<const void*>& freed,
                        const void* dead_stack) const;
  void check_unused(StorageEnum type);
  static Where where_of(const GivenName& name);

  bool check_release(const abi::StorageCall& call);
  void note_set(const abi::StorageCall& call);
  void mark_used(StorageEnum type, int id);
  void note_empty_read(const abi::StorageCall& call);
  void check_empty_reads(engine::Context& mine);
  void report_empty_reads();
  void report_freed_in_place(const Block& block);

  // process.cpp
  void check_descriptors(Where where);
  void host_fields_changed(const abi::HostFieldsChanged& changed);
  void thread_init_begins();
  void thread_init_returns(const engine::Context& mine);

  // leaks.cpp
  struct Lost {
    Block block;
    bool relied_on_finish;
  };
  bool plugins_have_threads() const;
  std::vector<Lost> lost_blocks() const;
  std::set<Origin> kept_by_finish(const std::vector<Block>& blocks,
                                  const std::vector<bool>& held) const;
  // Origins of flows' values that finish callbacks have put into a pool.
  struct Pooled {
    std::set<Origin> kept;   // still reachable
    std::set<Origin> freed;  // freed later, with the pool
  };
  Pooled pooled_by_finish(const std::vector<Block>& blocks, const std::vector<bool>& held) const;
  void check_leaks();
  void report_lost(const Block& block, bool relied_on_finish);
  void report_command_threads();
  std::string holder_of(const Block& block) const;
  void report_used_after_free();

  ledger::Ledger& ledger_;
  const engine::PluginLoader& loader_;
  const engine::TmThreads& threads_;
  std::atomic<bool> accessible_{false};  // storage is finalized
  Handles handles_;
  Memory memory_;
  Decoys decoys_;                // [creator]
  ThreadAttributes attributes_;  // before the running thread init callback. [creator]
  const pthread_t main_thread_ = ::pthread_self();
  // By slot, for thread and flow storage: whether it has ever held a value.
  std::vector<std::atomic<bool>> ever_set_[STORAGE_MAX];
  std::vector<GivenName> names_;  // [main]
  std::set<pid_t> host_tasks_;    // the program's threads
  std::set<pid_t> plugin_tasks_;  // threads made while plugins were loaded

  using CallAndSlot = std::pair<const void*, int>;
  struct EmptyReads {
    Violation violation;
    std::uint64_t count = 0;
  };
  Mutex mutex_;
  // Reads of an unset slot; reported if the slot is ever set.
  std::map<CallAndSlot, EmptyReads> empty_reads_ SURISIM_GUARDED_BY(mutex_);
  std::vector<GivenOutput> given_outputs_ SURISIM_GUARDED_BY(mutex_);
  // Plugin and type of refused registrations.
  std::set<std::pair<std::uint32_t, int>> refused_ SURISIM_GUARDED_BY(mutex_);
};

}  // namespace surisim::check
