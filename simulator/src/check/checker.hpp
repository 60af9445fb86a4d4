// Judges what plugins do with storage: at the call that breaks a rule, or when the callback or the
// run is over where only that tells. Stands before the ledger and passes every call on to it.
//
// access.cpp: may this call touch this object's storage, or register anything, here and now?
// slot_values.cpp: values that are overwritten, shared, freed in place, read where none is.
// names.cpp: the names that slots were registered with.
// leaks.cpp: memory and slots at the end of the run.
// checker.cpp: what it is told, and what it passes on.
//
// When:    made for a run with checks on, before the first plugin is loaded.
// Owner:   the engine; the ledger and what it is made of live longer.
// Threads: any, but for what says otherwise.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "abi/observer.hpp"
#include "base/mutex.hpp"
#include "check/handles.hpp"
#include "check/plugin_memory.hpp"
#include "ledger/ledger.hpp"
#include "plugin/plugin_loader.hpp"
#include "rules/found.hpp"
#include "trace/context.hpp"

namespace surisim::check {

using ledger::Where;

class Checker final : public abi::Observer {
 public:
  Checker(ledger::Ledger& ledger, const engine::PluginLoader& loader,
          const engine::TmThreads& threads);

  // The first plugin is about to be loaded. Threads that are there now are the program's. [main]
  void before_plugins();
  // An Init has returned. `frame`: stack below it is not in use any more. [main]
  void init_returned(const void* frame) { check_names(frame); }
  // Storage is finalized. [main]
  void finalized();
  // The engine is about to make threads. Those that are there now, and were not made by a plugin's
  // Init, are the program's. [main]
  void before_threads();
  // Everything has been freed that the engine frees. `threads_ran`: thread callbacks had their
  // chance. `faults_hit`: a fault was injected, so that values may be missing.
  // [main] when no other thread of the engine's runs
  void end_of_run(bool threads_ran, bool faults_hit);

  bool allow(const abi::StorageCall& call) override;
  bool allow(const abi::CallbackRegistration& call) override;
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
  // What is not plain, in a function of its own: it needs a larger frame.
  [[gnu::noinline]] bool check_unusual(const abi::StorageCall& call, const char* name);
  bool check_access(abi::Access access, const Where& where);
  bool check_object(const Where& where);
  bool check_thread(const Where& where);
  bool check_flow(const Where& where);
  bool check_slot(const Where& where);
  void check_registration(const Where& where);

  // names.cpp: a name that was given with a registration, and what it said then (L17).
  struct GivenName {
    const char* pointer;
    std::string text;
    StorageEnum type;
    int id;
    std::uint32_t plugin;
    const void* caller;
    const char* phase;  // in which it was given
    JournalCallback callback;
    bool reported = false;
  };
  void note_name(const abi::SlotRegistration& slot);
  void check_names(const void* dead_stack);
  void check_unused(StorageEnum type);
  static Where where_of(const GivenName& name);

  // values.cpp
  bool check_release(const abi::StorageCall& call);
  void note_set(const abi::StorageCall& call);
  void mark_used(StorageEnum type, int id);
  void note_empty_read(const abi::StorageCall& call);
  void check_empty_reads(engine::Context& mine);
  void report_empty_reads();
  void report_freed_in_place(const Block& block);

  // leaks.cpp
  struct Lost {
    Block block;
    bool relied_on_finish;
  };
  bool plugins_have_threads() const;
  std::vector<Lost> lost_blocks() const;
  std::set<Origin> kept_by_finish(const std::vector<Block>& blocks,
                                  const std::vector<bool>& held) const;
  void check_leaks();
  void report_lost(const Block& block, bool relied_on_finish);
  void report_command_threads();

  ledger::Ledger& ledger_;
  const engine::PluginLoader& loader_;
  const engine::TmThreads& threads_;
  std::atomic<bool> accessible_{false};  // storage is finalized
  Handles handles_;
  Memory memory_;
  // By slot, of thread and flow storage: it has held a value.
  std::vector<std::atomic<bool>> ever_set_[STORAGE_MAX];
  std::vector<GivenName> names_;  // [main]
  std::set<pid_t> host_tasks_;    // threads of the program
  std::set<pid_t> plugin_tasks_;  // made while plugins were loaded

  using CallAndSlot = std::pair<const void*, int>;
  struct EmptyReads {
    Violation violation;
    std::uint64_t count = 0;
  };
  Mutex mutex_;
  // Reported if the slot is ever set.
  std::map<CallAndSlot, EmptyReads> empty_reads_ SURISIM_GUARDED_BY(mutex_);
  // Plugin and type of refused registrations.
  std::set<std::pair<std::uint32_t, int>> refused_ SURISIM_GUARDED_BY(mutex_);
};

}  // namespace surisim::check
