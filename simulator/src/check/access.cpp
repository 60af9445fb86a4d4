// Checks at each storage call whether this thread may access this object and this slot now (L18 to
// L21, L25, L33, L34).
#include <fmt/format.h>

#include "abi/counters.hpp"
#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "check/checker.hpp"
#include "threads/flow_pool.hpp"
#include "threads/simulated_thread.hpp"

namespace surisim::check {

void Handles::thread_stage(const void* tv, abi::ThreadStage stage, bool of_plugin) {
  const MutexLock lock(mutex_);
  const auto [known, is_new] = threads_.try_emplace(tv, Known{stage, of_plugin});
  if (is_new) return;
  known->second.stage = stage;
  if (stage == abi::ThreadStage::made) known->second.of_plugin = of_plugin;
}

std::optional<Handles::Known> Handles::thread(const void* tv) const {
  const MutexLock lock(mutex_);
  const auto found = threads_.find(tv);
  return found == threads_.end() ? std::nullopt : std::optional(found->second);
}

std::string Handles::name_of(pthread_t thread) const {
  const MutexLock lock(mutex_);
  for (const auto& [at, known] : threads_) {
    if (known.stage != abi::ThreadStage::spawned) continue;
    auto& tv = *const_cast<ThreadVars*>(static_cast<const ThreadVars*>(at));
    if (std::atomic_ref(tv.t).load(std::memory_order_relaxed) == thread) return tv.name;
  }
  return "";
}

void Handles::flow_memory(const void* flow, bool made) {
  const MutexLock lock(mutex_);
  flows_.insert_or_assign(flow, made);
}

Handles::FlowState Handles::flow(const void* flow) const {
  const MutexLock lock(mutex_);
  const auto found = flows_.find(flow);
  if (found == flows_.end()) return FlowState::unknown;
  if (!found->second) return FlowState::closed;
  const engine::FlowSide& side = *engine::side_of(static_cast<const Flow*>(flow));
  if (!side.open.load(std::memory_order_relaxed)) return FlowState::closed;
  return side.locked.load(std::memory_order_relaxed) ? FlowState::handled : FlowState::open;
}

using abi::Access;
using engine::Context;
using ledger::type_name;

namespace {

const char* function_of(Access access, StorageEnum type) {
  static constexpr const char* kOfThreads[] = {"SCThreadGetStorageById", "SCThreadSetStorageById",
                                               "SCThreadFreeStorageById"};
  static constexpr const char* kOfFlows[] = {"SCFlowGetStorageById", "SCFlowSetStorageById",
                                             "SCFlowFreeStorageById"};
  static constexpr const char* kOfAll[] = {"SCStorageGetById", "SCStorageSetById",
                                           "SCStorageFreeById"};
  const auto i = static_cast<std::size_t>(access);
  return abi::storage_function(type == STORAGE_THREAD ? kOfThreads[i]
                               : type == STORAGE_FLOW ? kOfFlows[i]
                                                      : kOfAll[i]);
}

}  // namespace

// The usual case: the callback's own thread or flow, and one of the plugin's slots.
inline bool Checker::is_plain(const Context& mine, const abi::StorageCall& call) const {
  if (!accessible_.load(std::memory_order_relaxed) || call.object == nullptr ||
      mine.callback == JournalCallback::free_value)
    return false;
  if (call.type == STORAGE_FLOW) {
    if (call.object != mine.flow) return false;
    if (call.access == Access::read) return true;
  } else if (call.type == STORAGE_THREAD) {
    const bool own = mine.thread != nullptr && mine.thread->tv() == call.object;
    const bool given =
        mine.callback == JournalCallback::thread_init && mine.callback_tv == call.object;
    if (!own && !given) return false;
  } else {
    return false;
  }
  const std::uint32_t* const owner = abi::state().storage.owner_of(call.type, call.id);
  return owner != nullptr &&
         (*owner == mine.plugin || *owner == engine::kNoPlugin || mine.plugin == engine::kNoPlugin);
}

bool Checker::allow(const abi::StorageCall& call) {
  if (call.access == Access::release) return check_release(call);
  const auto name = [&call] {
    return call.function != nullptr ? call.function : function_of(call.access, call.type);
  };
  const Context* const mine = engine::context();
  if (mine != nullptr) {
    // A read by the engine itself, of a flow that no other thread uses.
    if (call.access == Access::read && mine->callback == JournalCallback::none) return true;
    if (mine->journal != nullptr) mine->journal->called(name());
    if (is_plain(*mine, call)) [[likely]]
      return true;
  }
  return check_unusual(call, name());
}

bool Checker::check_unusual(const abi::StorageCall& call, const char* name) {
  const abi::HostScope host;
  Where where{name, call.caller, call.type, call.id};
  where.object = call.object;
  where.plugin = ledger_.violations().plugin_in_charge();
  const bool allowed = check_access(call.access, where);
  if (!allowed && call.access == Access::set) {
    memory_.ignore_leak(call.value);  // the reason of a leak has been reported
    mark_used(call.type, call.id);
  }
  return allowed;
}

// Reports a registration from inside a Free, or on a thread that is not one of Suricata's.
void Checker::check_registration(const Where& where) {
  const Context* const mine = engine::context();
  if (mine == nullptr) {
    found(RuleId::access_unmanaged_thread, where, [&] {
      return fmt::format(
          "{} called on a thread that is not one of Suricata's: registration has no lock",
          where.function);
    });
  } else if (mine->callback == JournalCallback::free_value) {
    found(RuleId::free_reentrant, where,
          [&] { return fmt::format("{} called from inside a Free", where.function); });
  }
}

bool Checker::check_access(Access access, const Where& where) {
  const Context* const mine = engine::context();
  if (access == Access::read) return check_object(where);
  if (mine == nullptr) {
    found(RuleId::access_unmanaged_thread, where, [&] {
      return fmt::format(
          "{} called on a thread that is not one of Suricata's: nothing keeps it from "
          "touching the storage at the same time as its owner",
          where.function);
    });
    return false;
  }
  if (!accessible_.load(std::memory_order_relaxed)) {
    found(RuleId::access_before_finalize, where, [&] {
      return fmt::format("{} slot {} used before storage was finalized", type_name(where.type),
                         where.id);
    });
    return false;
  }
  const bool in_free = mine->callback == JournalCallback::free_value;
  if (in_free) {
    found(RuleId::free_reentrant, where, [&] {
      return fmt::format(
          "{} called from inside a Free: storage is being torn down, and the list "
          "of threads is locked",
          where.function);
    });
  }
  return check_object(where) && check_slot(where) && !(in_free && access == Access::free);
}

bool Checker::check_object(const Where& where) {
  if (where.object == nullptr && (where.type == STORAGE_THREAD || where.type == STORAGE_FLOW)) {
    found(RuleId::access_invalid_handle, where, [&] {
      return fmt::format("{} called with NULL instead of a {}", where.function,
                         where.type == STORAGE_THREAD ? "ThreadVars" : "Flow");
    });
    return false;
  }
  if (where.type == STORAGE_THREAD) return check_thread(where);
  if (where.type == STORAGE_FLOW) return check_flow(where);
  return true;
}

bool Checker::check_thread(const Where& where) {
  const auto known = handles_.thread(where.object);
  if (!known) {
    found(RuleId::access_invalid_handle, where, [&] {
      return fmt::format("{} called with {}, which is not a ThreadVars", where.function,
                         fmt::ptr(where.object));
    });
    return false;
  }
  if (known->stage == abi::ThreadStage::freed) {
    found(RuleId::access_after_free, where, [&] {
      return fmt::format("{} called with a ThreadVars that has been freed", where.function);
    });
    return false;
  }
  const Context& mine = *engine::context();
  if (known->of_plugin || (mine.thread != nullptr && mine.thread->tv() == where.object))
    return true;
  // [creator] may access it before the thread exists and after it has been joined.
  const bool creator =
      mine.thread == nullptr || mine.callback_tv == where.object || mine.freeing != nullptr;
  if (known->stage != abi::ThreadStage::spawned && creator) return true;
  Where foreign = where;
  const auto* const tv = static_cast<const ThreadVars*>(where.object);
  foreign.tv = std::string(tv->name, ::strnlen(tv->name, sizeof tv->name));
  foreign.other_thread = foreign.tv;
  found(RuleId::access_foreign_thread, foreign, [&] {
    return fmt::format("{} touches the {} of {} while that thread runs; only {} itself may",
                       where.function, where.type == STORAGE_THREAD ? "storage" : "counters",
                       foreign.tv, foreign.tv);
  });
  return true;  // as in Suricata: a race that usually goes unnoticed
}

bool Checker::check_flow(const Where& where) {
  const Context* const mine = engine::context();
  if (mine != nullptr && mine->flow == where.object) return true;
  switch (handles_.flow(where.object)) {
    case Handles::FlowState::unknown:
      found(RuleId::access_invalid_handle, where, [&] {
        return fmt::format("{} called with {}, which is not a Flow", where.function,
                           fmt::ptr(where.object));
      });
      return false;
    case Handles::FlowState::closed:
      found(RuleId::access_after_free, where, [&] {
        return fmt::format("{} called with a Flow whose storage has been freed", where.function);
      });
      return false;
    case Handles::FlowState::handled:
      if (mine != nullptr) break;
      // The flow's callback probably waits for this thread, so the Flow is the right one.
      found(RuleId::access_unmanaged_thread, where, [&] {
        return fmt::format(
            "{} called on a thread that is not one of Suricata's: only the flow's callback holds "
            "its lock",
            where.function);
      });
      return false;
    case Handles::FlowState::open:
      break;
  }
  found(RuleId::access_stale_handle, where, [&] {
    return fmt::format(
        "{} called with a Flow that no callback on this thread is handling: it is not "
        "locked here, and may be another flow by now",
        where.function);
  });
  return false;
}

bool Checker::check_slot(const Where& where) {
  if (const std::uint32_t* const owner = abi::state().storage.owner_of(where.type, where.id)) {
    if (where.plugin == engine::kNoPlugin || *owner == engine::kNoPlugin || *owner == where.plugin)
      return true;
    found(RuleId::access_foreign_slot, where, [&] {
      return fmt::format("{} with id {}, which is the {} slot \"{}\" of {}", where.function,
                         where.id, type_name(where.type), ledger::Violations::slot_name_of(where),
                         *owner == abi::kSuricata ? "Suricata" : loader_.plugins()[*owner].name);
    });
    return false;
  }
  bool refused = false;
  {
    const MutexLock lock(mutex_);
    refused = where.id == -1 && (refused_.contains({where.plugin, where.type}) ||
                                 refused_.contains({engine::kNoPlugin, where.type}));
  }
  if (refused) {
    found(RuleId::register_result_ignored, where, [&] {
      return fmt::format("{} slot -1 used: that is the id of a refused registration",
                         type_name(where.type));
    });
  } else {
    const bool is_type = static_cast<unsigned>(where.type) < STORAGE_MAX;
    found(RuleId::access_invalid_id, where, [&] {
      return fmt::format(
          "{} slot {} used, which was never registered; ids go from 0 to {}", type_name(where.type),
          where.id, is_type ? static_cast<int>(abi::state().storage.count(where.type)) - 1 : -1);
    });
  }
  return false;
}

// Counters belong to their thread, like its storage. An id is valid only on threads that registered
// it in time (E34).
bool Checker::allow(const abi::CounterCall& call) {
  const abi::HostScope host;
  Where where{call.function, call.caller};
  where.object = call.thread;
  const Context* const mine = engine::context();
  if (mine == nullptr) {
    found(RuleId::access_unmanaged_thread, where, [&] {
      return fmt::format(
          "{} called on a thread that is not one of Suricata's: counters have no lock",
          call.function);
    });
    return false;
  }
  if (call.given == nullptr) {
    found(RuleId::access_invalid_handle, where, [&] {
      return fmt::format("{} called with NULL instead of the thread's counters", call.function);
    });
    return false;
  }
  // If counters are not part of the ThreadVars, a plugin may have its own.
  const bool own = call.given != call.thread && !handles_.thread(call.thread);
  if (!own && !check_thread(where)) return false;
  if (call.id < 0) return true;
  const auto state = abi::counter_state(call.given, static_cast<std::uint16_t>(call.id));
  if (state == abi::CounterState::counts) return true;
  found(RuleId::counter_invalid_id, where, [&] {
    const char* why = "which no counter of this thread has";
    if (state == abi::CounterState::refused) why = "which a refused registration returns";
    if (state == abi::CounterState::too_early) why = "before the thread has been initialised";
    if (state == abi::CounterState::too_late)
      why = "which was registered after the thread had been initialised";
    return fmt::format("{} called with counter {}, {}", call.function, call.id, why);
  });
  return false;
}

}  // namespace surisim::check
