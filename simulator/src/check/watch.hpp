// Watches what plugins do, at the C functions: counts values, records events, and says what is
// wrong at the call that commits it, or when the callback or the run is over where only that tells.
//
// watch.cpp:  registrations, what is counted, what ends the engine.
// access.cpp: may this call touch this object's storage?
// values.cpp: what became of values: overwritten, shared, freed in place, leaked, never set.
#pragma once

#include <suricata/flow.h>
#include <suricata/threadvars.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "abi/process_state.hpp"
#include "check/handles.hpp"
#include "check/memory.hpp"
#include "check/violations.hpp"
#include "plugin/plugin_loader.hpp"
#include "surisim/plugin.hpp"
#include "surisim/summary.hpp"
#include "trace/context.hpp"

namespace surisim::engine {
class TmThreads;
}

namespace surisim::check {

class Watch final : public abi::Observer {
 public:
  // `log_to_stderr`: plugins' messages are written there. `checks`: rules are looked at, too.
  // `listener` hears each new violation.
  Watch(bool log_to_stderr, bool checks, Violations::Listener listener)
      : log_to_stderr_(log_to_stderr), checks_(checks), violations_(std::move(listener)) {}

  void attach(engine::PluginLoader* loader, engine::TmThreads* threads);
  // Phase that violations are said to happen in; `late`: threads have been created. [main]
  void enter_phase(const char* name, bool late) {
    phase_.store(name, std::memory_order_relaxed);
    late_.store(late, std::memory_order_relaxed);
  }

  // The first plugin is about to be loaded. Threads that are there now are the program's. [main]
  void before_plugins();
  // An Init has returned. `frame`: stack below it is not in use any more. [main]
  void init_returned(const void* frame);
  // Storage is finalized: slots have their final names. [main]
  void finalized();
  // The engine is about to make threads. Those that are there now, and were not made by a plugin's
  // Init, are the program's. [main]
  void before_threads();
  // Everything has been freed that the engine frees. `threads_ran`: thread callbacks had their
  // chance. `failures`: something failed on request, so that values may be missing.
  // [main] while no other thread runs
  void end_of_run(bool threads_ran, bool failures);

  Violations& violations() { return violations_; }
  const Violations& violations() const { return violations_; }
  const std::vector<SlotInfo>& own_slots() const { return own_slots_; }
  std::vector<ListedInfo> registrations() const;

  void registered(StorageEnum type, const char* name, int id, abi::Refusal why,
                  const void* caller) override;
  bool callback_registered(const char* kind, const void* fn, const void* caller) override;
  bool may_access(abi::Access access, StorageEnum type, const void* object, int id,
                  const void* caller, const char* function) override;
  void got_nothing(const void* object, int id, const void* caller) override;
  void value_set(StorageEnum type, const void* object, int id, void* before, void* value,
                 const void* caller) override;
  void set_failed(StorageEnum type, const void* object, int id, void* value,
                  const void* caller) override;
  void value_refused(StorageEnum type, int id, void* value) override;
  bool value_freed(StorageEnum type, const void* object, int id, void* value,
                   const void* caller) override;
  void thread_stage(const void* tv, abi::ThreadStage stage) override;
  void flow_memory(const void* flow, bool made) override { handles_.flow_memory(flow, made); }
  void callback_returns(engine::Context& mine) override;
  void thread_init_callback(ThreadVars* tv, int position) override;
  void callback_threw(const char* kind, const void* function) override;
  void logged(int level, const char* module, const char* message) override;
  void unsupported(const char* function, const void* caller) override;
  void would_exit(const char* function, const char* message, bool for_sure,
                  const void* caller) override;
  void listed(const char* kind, const char* name, int id) override;
  std::size_t current_plugin() override { return loader_->current(); }
  std::uint32_t running_plugin() override;
  std::uint32_t owner_of(StorageEnum type, int id) const override;

 private:
  struct Where {
    const char* function = "";
    const void* caller = nullptr;
    StorageEnum type = STORAGE_MAX;
    int id = -1;                               // of a slot; -1: none in particular
    const char* slot_name = "";                // where the slot has no id
    const void* object = nullptr;              // ThreadVars or Flow
    std::uint32_t plugin = engine::kNoPlugin;  // default: the one whose callback runs
    std::string tv = {};
    std::string other_thread = {};
    const void* set_at = nullptr;
    const Moment* moment = nullptr;  // of what is found out later; null: it happens now
  };
  // A violation is the same as another one of the rule from the same place about the same slot.
  using Place = std::tuple<std::string, const void*, const void*, int, int>;
  template <class Message>
  void violate(const char* rule, Severity severity, const Where& where, Message message);
  Violation describe(const char* rule, Severity severity, const Where& where) const;

  void judge_registration(const Where& where);
  void judge_message(int level, const char* module, const char* message);

  // access.cpp
  bool is_plain(const engine::Context& mine, abi::Access access, StorageEnum type,
                const void* object, int id) const;
  bool judge_access(abi::Access access, const Where& where);
  bool judge_object(const Where& where);
  bool judge_thread(const Where& where);
  bool judge_flow(const Where& where);
  bool judge_slot(const Where& where);
  std::uint32_t plugin_in_charge() const;

  // values.cpp
  void judge_empty_reads(engine::Context& mine);
  void note_set(StorageEnum type, std::size_t slot);
  void freed_in_place(const Block& block);
  bool plugins_have_threads() const;
  struct Lost {
    Block block;
    bool relied_on_finish;
  };
  std::vector<Lost> lost_blocks() const;
  void judge_blocks();
  std::set<Origin> kept_by_finish(const std::vector<Block>& blocks,
                                  const std::vector<bool>& held) const;
  void tell_lost(const Block& block, bool relied_on_finish);
  void judge_slots(bool threads_ran);
  void judge_unused(StorageEnum type);
  void judge_names(const void* dead_stack);
  void tell_command_threads();

  engine::Thread* thread_of(const void* tv) const;
  const char* event_name_of(StorageEnum type, std::size_t slot) const {
    return slot < named_[type] ? slot_names_[type][slot] : "";
  }
  const char* slot_name_of(const Where& where) const;

  // A name that was given with a registration, and what it said then (L17).
  struct GivenName {
    const char* pointer;
    std::string text;
    StorageEnum type;
    int id;
    std::uint32_t plugin;
    const void* caller;
    const char* phase;  // in which it was given
    JournalCallback callback;
    bool told = false;
  };
  // The registration that a violation is about which is found out later; NULL where it is about
  // none.
  const GivenName* given_name(const Where& where) const;

  const bool log_to_stderr_;
  const bool checks_;
  engine::PluginLoader* loader_ = nullptr;
  engine::TmThreads* threads_ = nullptr;
  std::atomic<const char*> phase_{""};
  std::atomic<bool> late_{false};
  std::atomic<bool> accessible_{false};  // storage is finalized
  std::atomic<std::uint64_t> messages_{0};
  Violations violations_;
  Handles handles_;
  Memory memory_{phase_};
  std::vector<SlotInfo> own_slots_;
  std::vector<std::uint32_t> owners_[STORAGE_MAX];  // by id; fixed once storage is finalized
  // By slot, of thread and flow storage.
  std::vector<std::atomic<bool>> set_somewhere_[STORAGE_MAX];
  std::vector<GivenName> names_;
  std::set<pid_t> host_tasks_;    // threads of the program
  std::set<pid_t> plugin_tasks_;  // made while plugins were loaded

  mutable std::mutex mutex_;
  std::map<Place, Violation> told_;
  std::map<Place, std::pair<Violation, std::uint64_t>>
      empty_reads_;                                  // told if the slot is ever set
  std::set<std::pair<std::uint32_t, int>> refused_;  // plugin and type of refused registrations
  std::vector<ListedInfo> listed_;
  std::vector<const char*> slot_names_[STORAGE_MAX];  // as events keep them
  std::size_t named_[STORAGE_MAX] = {};               // how many have names: cheap to compare
};

template <class Message>
void Watch::violate(const char* rule, Severity severity, const Where& where, Message message) {
  const Place place{rule, where.caller, where.set_at, where.type, where.id};
  const std::lock_guard lock(mutex_);
  auto told = where.caller == nullptr ? told_.end() : told_.find(place);
  if (told == told_.end()) {
    Violation violation = describe(rule, severity, where);
    violation.message = message();
    told = told_.insert_or_assign(place, std::move(violation)).first;
  }
  violations_.add(told->second);
}

}  // namespace surisim::check
