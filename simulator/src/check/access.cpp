// May this call touch the storage of this object? L18 to L21, L25, L33, L34.
#include <fmt/format.h>

#include "abi/host_scope.hpp"
#include "check/names.hpp"
#include "check/watch.hpp"
#include "threads/thread.hpp"

namespace surisim::check {

using abi::Access;
using engine::Context;

namespace {

const char* function_of(Access access, StorageEnum type) {
  static constexpr const char* kOfThreads[] = {"SCThreadGetStorageById", "SCThreadSetStorageById",
                                               "SCThreadFreeStorageById"};
  static constexpr const char* kOfFlows[] = {"SCFlowGetStorageById", "SCFlowSetStorageById",
                                             "SCFlowFreeStorageById"};
  static constexpr const char* kOfAll[] = {"SCStorageGetById", "SCStorageSetById",
                                           "SCStorageFreeById"};
  const auto i = static_cast<std::size_t>(access);
  return type == STORAGE_THREAD ? kOfThreads[i] : type == STORAGE_FLOW ? kOfFlows[i] : kOfAll[i];
}

}  // namespace

bool Watch::may_access(Access access, StorageEnum type, const void* object, int id,
                       const void* caller, const char* function) {
  const char* const name = function != nullptr ? function : function_of(access, type);
  const Context* const mine = engine::context();
  if (mine != nullptr) {
    // The engine's own calls look at flows that nobody else has.
    if (access == Access::look && mine->callback == JournalCallback::none) return true;
    if (mine->journal != nullptr) mine->journal->called(name);
    if (is_plain(*mine, access, type, object, id)) [[likely]]
      return true;
  }
  const abi::HostScope host;
  Where where{name, caller, type, id};
  where.object = object;
  where.plugin = plugin_in_charge();
  return judge_access(access, where);
}

// The usual case: the callback's own thread or flow, and a slot of the plugin's.
bool Watch::is_plain(const Context& mine, Access access, StorageEnum type, const void* object,
                     int id) const {
  if (!accessible_.load(std::memory_order_relaxed) || object == nullptr ||
      mine.callback == JournalCallback::free_value)
    return false;
  if (type == STORAGE_FLOW) {
    if (object != mine.flow) return false;
    if (access == Access::look) return true;
  } else if (type == STORAGE_THREAD) {
    const bool own = mine.thread != nullptr && mine.thread->tv() == object;
    const bool given = mine.callback == JournalCallback::thread_init && mine.callback_tv == object;
    if (!own && !given) return false;
  } else {
    return false;
  }
  const auto& owners = owners_[type];
  const auto slot = static_cast<std::size_t>(static_cast<unsigned>(id));
  if (slot >= owners.size()) return false;
  return owners[slot] == mine.plugin || owners[slot] == engine::kNoPlugin ||
         mine.plugin == engine::kNoPlugin;
}

bool Watch::judge_access(Access access, const Where& where) {
  const Context* const mine = engine::context();
  if (access == Access::look) return judge_object(where);
  if (mine == nullptr) {
    violate("access-unmanaged-thread", Severity::error, where, [&] {
      return fmt::format(
          "{} called on a thread that is none of Suricata's: nothing keeps it from "
          "touching the storage at the same time as its owner",
          where.function);
    });
    return false;
  }
  if (!accessible_.load(std::memory_order_relaxed)) {
    violate("access-before-finalize", Severity::error, where, [&] {
      return fmt::format("{} slot {} used before storage was finalized", type_name(where.type),
                         where.id);
    });
    return false;
  }
  const bool in_free = mine->callback == JournalCallback::free_value;
  if (in_free) {
    violate("free-reentrant", Severity::error, where, [&] {
      return fmt::format(
          "{} called from inside a Free: storage is being torn down, and the list "
          "of threads is locked",
          where.function);
    });
  }
  return judge_object(where) && judge_slot(where) && !(in_free && access == Access::free);
}

bool Watch::judge_object(const Where& where) {
  if (where.object == nullptr && (where.type == STORAGE_THREAD || where.type == STORAGE_FLOW)) {
    violate("access-invalid-handle", Severity::error, where, [&] {
      return fmt::format("{} called with NULL instead of a {}", where.function,
                         where.type == STORAGE_THREAD ? "ThreadVars" : "Flow");
    });
    return false;
  }
  if (where.type == STORAGE_THREAD) return judge_thread(where);
  if (where.type == STORAGE_FLOW) return judge_flow(where);
  return true;
}

bool Watch::judge_thread(const Where& where) {
  const auto known = handles_.thread(where.object);
  if (!known) {
    violate("access-invalid-handle", Severity::error, where, [&] {
      return fmt::format("{} called with {}, which is no ThreadVars", where.function,
                         fmt::ptr(where.object));
    });
    return false;
  }
  if (known->stage == abi::ThreadStage::freed) {
    violate("access-after-free", Severity::error, where, [&] {
      return fmt::format("{} called with a ThreadVars that has been freed", where.function);
    });
    return false;
  }
  const Context& mine = *engine::context();
  if (known->of_plugin || (mine.thread != nullptr && mine.thread->tv() == where.object))
    return true;
  // Main, or in unix-socket mode US, may: before the thread exists and after it has been joined.
  const bool creator =
      mine.thread == nullptr || mine.callback_tv == where.object || mine.freeing != nullptr;
  if (known->stage != abi::ThreadStage::spawned && creator) return true;
  Where foreign = where;
  const auto* const tv = static_cast<const ThreadVars*>(where.object);
  foreign.tv = std::string(tv->name, ::strnlen(tv->name, sizeof tv->name));
  foreign.other_thread = foreign.tv;
  violate("access-foreign-thread", Severity::error, foreign, [&] {
    return fmt::format("{} touches the storage of {} while that thread runs; only {} itself may",
                       where.function, foreign.tv, foreign.tv);
  });
  return true;  // as in Suricata: a race, and usually nothing is seen of it
}

bool Watch::judge_flow(const Where& where) {
  const Context* const mine = engine::context();
  if (mine != nullptr && mine->flow == where.object) return true;
  switch (handles_.flow(where.object)) {
    case Handles::FlowState::unknown:
      violate("access-invalid-handle", Severity::error, where, [&] {
        return fmt::format("{} called with {}, which is no Flow", where.function,
                           fmt::ptr(where.object));
      });
      return false;
    case Handles::FlowState::closed:
      violate("access-after-free", Severity::error, where, [&] {
        return fmt::format("{} called with a Flow whose storage has been freed", where.function);
      });
      return false;
    case Handles::FlowState::open:
      break;
  }
  violate("access-stale-handle", Severity::error, where, [&] {
    return fmt::format(
        "{} called with a Flow that no callback on this thread is about: it is not "
        "locked here, and may be another flow by now",
        where.function);
  });
  return false;
}

bool Watch::judge_slot(const Where& where) {
  const auto type = static_cast<std::size_t>(where.type);
  const std::size_t count = type < STORAGE_MAX ? owners_[type].size() : 0;
  if (where.id >= 0 && static_cast<std::size_t>(where.id) < count) {
    const std::uint32_t owner = owners_[type][static_cast<std::size_t>(where.id)];
    if (where.plugin == engine::kNoPlugin || owner == engine::kNoPlugin || owner == where.plugin)
      return true;
    violate("access-foreign-slot", Severity::error, where, [&] {
      return fmt::format("{} with id {}, which is the {} slot \"{}\" of {}", where.function,
                         where.id, type_name(where.type), slot_name_of(where),
                         owner == kSuricata ? "Suricata" : loader_->plugins()[owner].name);
    });
    return false;
  }
  bool refused = false;
  {
    const std::lock_guard lock(mutex_);
    refused = where.id == -1 && (refused_.contains({where.plugin, where.type}) ||
                                 refused_.contains({engine::kNoPlugin, where.type}));
  }
  if (refused) {
    violate("register-result-ignored", Severity::error, where, [&] {
      return fmt::format("{} slot -1 used: that is the id of a refused registration",
                         type_name(where.type));
    });
  } else {
    violate("access-invalid-id", Severity::error, where, [&] {
      return fmt::format("{} slot {} used, which was never registered; ids go from 0 to {}",
                         type_name(where.type), where.id, static_cast<int>(count) - 1);
    });
  }
  return false;
}

// The plugin whose callback runs; on a thread of nobody's, or outside of callbacks, the only one.
std::uint32_t Watch::plugin_in_charge() const {
  const Context* const mine = engine::context();
  if (mine != nullptr && mine->plugin != engine::kNoPlugin) return mine->plugin;
  return loader_->plugins().size() == 1 ? 0 : engine::kNoPlugin;
}

}  // namespace surisim::check
