#include "check/watch.hpp"

#include <fmt/core.h>
#include <pthread.h>
#include <suricata/util-debug.h>

#include <algorithm>
#include <cstdio>

#include "abi/note_call.hpp"
#include "engine/flow_pool.hpp"
#include "engine/plugin_check.hpp"
#include "engine/record.hpp"
#include "engine/thread.hpp"
#include "engine/tm_threads.hpp"

namespace surisim::check {

namespace {

using engine::Context;

constexpr std::uint64_t kMostMessagesRecorded = 10'000;

const char* name_of(StorageEnum type) {
  static constexpr const char* kNames[] = {"host", "flow", "ippair", "device", "thread"};
  return static_cast<unsigned>(type) < STORAGE_MAX ? kNames[type] : "unknown";
}

std::string this_thread_name() {
  if (const Context* mine = engine::context()) return mine->os_name;
  char name[16] = "";
  pthread_getname_np(pthread_self(), name, sizeof name);
  return fmt::format("{} (not one of Suricata's)", name);
}

std::string printable(const char* name) {
  return name == nullptr ? "NULL" : fmt::format("\"{}\"", name);
}

const char* function_of(StorageEnum type, bool set) {
  switch (type) {
    case STORAGE_THREAD:
      return set ? "SCThreadSetStorageById" : "SCThreadGetStorageById";
    case STORAGE_FLOW:
      return set ? "SCFlowSetStorageById" : "SCFlowGetStorageById";
    default:
      return set ? "SCStorageSetById" : "SCStorageGetById";
  }
}

}  // namespace

void Watch::violate(const char* rule, Severity severity, std::string message, const Where& where) {
  Violation violation;
  violation.rule = rule;
  violation.severity = severity;
  violation.message = std::move(message);
  violation.phase = phase_.load(std::memory_order_relaxed);
  violation.thread = this_thread_name();
  violation.tv = where.tv;
  violation.slot = where.slot;
  if (const Context* mine = engine::context()) {
    violation.callback = to_string(mine->callback);
    if (violation.tv.empty() && mine->callback_tv != nullptr)
      violation.tv = mine->callback_tv->name;
  }
  violation.function = where.function;
  violation.call_site = describe_address(where.caller);
  violations_.add(std::move(violation));
}

void Watch::registered(StorageEnum type, const char* name, int id, abi::Refusal why,
                       const void* caller) {
  const char* const function = type == STORAGE_THREAD ? "SCThreadStorageRegister"
                               : type == STORAGE_FLOW ? "SCFlowStorageRegister"
                                                      : "SCStorageRegister";
  abi::note_call(function);
  engine::record(EventKind::storage_register,
                 {.what = engine::intern_here(name == nullptr ? "" : name),
                  .value = id,
                  .storage = static_cast<std::uint8_t>(type)});
  PluginInfo* const plugin = loader_->initialising();
  const SlotInfo slot{name_of(type), name == nullptr ? "" : name, id};
  const Context* const mine = engine::context();
  const bool from_plugin =
      plugin != nullptr || (mine != nullptr && mine->callback != JournalCallback::none);
  if (plugin != nullptr) plugin->slots.push_back(slot);
  if (!from_plugin) own_slots_.push_back(slot);
  if (id >= 0) return;
  refused_some_.store(true, std::memory_order_relaxed);
  const Where where{function, caller, slot.name};
  switch (why) {
    case abi::Refusal::closed:
      violate(
          "register-after-finalize", Severity::error,
          fmt::format("{} slot {} registered after storage was finalized: its id is -1. Register "
                      "slots in the plugin's Init",
                      slot.type, printable(name)),
          where);
      break;
    case abi::Refusal::duplicate:
      violate("register-duplicate-name", Severity::error,
              fmt::format("{} slot {} is registered already: the second id is -1", slot.type,
                          printable(name)),
              where);
      break;
    case abi::Refusal::out_of_memory:
      break;
    default:
      violate("register-invalid-argument", Severity::error,
              fmt::format("{} slot {} registered with {}: its id is -1", slot.type, printable(name),
                          why == abi::Refusal::no_name   ? "no name"
                          : why == abi::Refusal::no_free ? "Free NULL"
                                                         : "a storage type that does not exist"),
              where);
  }
}

bool Watch::callback_registered(const char* kind, const void* fn, const void* caller) {
  engine::record(EventKind::callback_registered, {.what = kind});
  const Where where{"SC…Register…Callback", caller};
  if (PluginInfo* const plugin = loader_->initialising())
    plugin->callbacks.push_back({kind, symbol_at(fn)});
  if (late_.load(std::memory_order_relaxed)) {
    violate(
        "callback-registered-late", Severity::warning,
        fmt::format("{} callback registered after threads were created: those never get it", kind),
        where);
  }
  if (fn != nullptr) return true;
  violate("callback-null-function", Severity::error,
          fmt::format("{} callback registered with a NULL function: Suricata calls it", kind),
          where);
  return false;
}

bool Watch::may_access(StorageEnum type, const void* object, int id, const void* caller,
                       const char* function) {
  const auto& storage = abi::state().storage;
  abi::note_call(function);
  Where where{function, caller, storage.name_of(type, id)};
  if (object == nullptr && (type == STORAGE_THREAD || type == STORAGE_FLOW)) {
    violate("access-invalid-handle", Severity::error,
            fmt::format("{} called with NULL instead of a {}", function,
                        type == STORAGE_THREAD ? "ThreadVars" : "Flow"),
            where);
    return false;
  }
  if (!storage.closed()) {
    violate("access-before-finalize", Severity::error,
            fmt::format("{} slot {} used before storage was finalized", name_of(type), id), where);
    return false;
  }
  if (static_cast<unsigned>(type) < STORAGE_MAX && id >= 0 &&
      static_cast<unsigned>(id) < storage.count(type))
    return true;
  if (id == -1 && refused_some_.load(std::memory_order_relaxed)) {
    violate("register-result-ignored", Severity::error,
            fmt::format("{} slot -1 used: that is the id of a refused registration", name_of(type)),
            where);
  } else {
    violate(
        "access-invalid-id", Severity::error,
        fmt::format(
            "{} slot {} used, which was never registered; ids go from 0 to {}", name_of(type), id,
            static_cast<int>(static_cast<unsigned>(type) < STORAGE_MAX ? storage.count(type) : 0) -
                1),
        where);
  }
  return false;
}

bool Watch::may_get(StorageEnum type, const void* object, int id, const void* caller) {
  return may_access(type, object, id, caller, function_of(type, false));
}

bool Watch::may_set(StorageEnum type, const void* object, int id, const void* caller, int* result) {
  *result = object == nullptr ? -1 : 0;
  return may_access(type, object, id, caller, function_of(type, true));
}

// The simulated thread of this ThreadVars. It is the calling one, or it is being created or freed
// by the calling one.
engine::Thread* Watch::thread_of(const void* tv) const {
  const Context* const mine = engine::context();
  if (mine->thread != nullptr && mine->thread->tv() == tv) return mine->thread;
  if (mine->freeing != nullptr && mine->freeing->tv() == tv) return mine->freeing;
  if (mine->callback_tv != tv) return nullptr;
  const auto& all = threads_->all();
  const auto found = std::find_if(all.rbegin(), all.rend(),
                                  [tv](const auto& thread) { return thread->tv() == tv; });
  return found == all.rend() ? nullptr : found->get();
}

void Watch::finalized() {
  for (int type = 0; type < STORAGE_MAX; ++type) {
    const auto storage_type = static_cast<StorageEnum>(type);
    slot_names_[type].clear();
    for (unsigned id = 0; id < abi::state().storage.count(storage_type); ++id) {
      slot_names_[type].push_back(
          engine::intern_here(abi::state().storage.name_of(storage_type, static_cast<int>(id))));
    }
  }
}

const char* Watch::event_name_of(StorageEnum type, std::size_t slot) const {
  return slot < slot_names_[type].size() ? slot_names_[type][slot] : "";
}

void Watch::value_set(StorageEnum type, const void* object, int id, const void* before,
                      const void* value) {
  Context* const mine = engine::context();
  if (mine == nullptr || id < 0) return;
  const bool is_thread = type == STORAGE_THREAD;
  if (!is_thread && type != STORAGE_FLOW) return;
  auto& counters = is_thread ? mine->thread_values : mine->flow_values;
  const auto slot = static_cast<std::size_t>(id);
  if (slot >= counters.size()) return;
  const bool made = value != nullptr && value != before;
  if (made) counters[slot].made.add();
  if (before != nullptr && value != before) counters[slot].taken.add();

  if (mine->log == nullptr) return;
  engine::Say say{.what = event_name_of(type, slot)};
  if (is_thread) {
    engine::Thread* const thread = thread_of(object);
    if (thread != nullptr && made) thread->made_on[slot] = mine->event_name;
    say.thread = thread;
    engine::record(value == nullptr ? EventKind::thread_value_taken : EventKind::thread_value_set,
                   say);
  } else if (mine->flow == object && mine->record_flows) {
    auto* const flow = const_cast<Flow*>(static_cast<const Flow*>(object));
    if (made) engine::made_on_of(flow)[slot] = mine->event_name;
    engine::record_flow(value == nullptr ? EventKind::flow_value_taken : EventKind::flow_value_set,
                        *flow, nullptr, say.what);
  }
}

void Watch::value_freed(StorageEnum type, const void* object, int id) {
  Context* const mine = engine::context();
  if (mine == nullptr || id < 0) return;
  const bool is_thread = type == STORAGE_THREAD;
  if (!is_thread && type != STORAGE_FLOW) return;
  auto& counters = is_thread ? mine->thread_values : mine->flow_values;
  const auto slot = static_cast<std::size_t>(id);
  if (slot >= counters.size()) return;
  counters[slot].freed.add();

  if (mine->log == nullptr) return;
  const char* const name = event_name_of(type, slot);
  if (is_thread) {
    engine::Thread* const thread = thread_of(object);
    engine::record(
        EventKind::thread_value_freed,
        {.what = name, .detail = thread == nullptr ? "" : thread->made_on[slot], .thread = thread});
  } else if (mine->flow == object && mine->record_flows) {
    auto* const flow = const_cast<Flow*>(static_cast<const Flow*>(object));
    engine::record_flow(EventKind::flow_value_freed, *flow, nullptr, name,
                        engine::made_on_of(flow)[slot]);
  }
}

void Watch::thread_init_callback(ThreadVars* tv, int position) {
  if (engine::context() == nullptr) return;
  engine::Thread* const thread = thread_of(tv);
  if (thread != nullptr) thread->init_callbacks.add();
  engine::record(EventKind::thread_init_callback, {.value = position, .thread = thread});
}

void Watch::callback_threw(const char* kind, const char* what) {
  const bool is_free = std::string_view(kind) == "Free";
  Where where;
  if (is_free) where.slot = what;
  violate(is_free ? "free-throws" : "callback-exception", Severity::error,
          fmt::format("a C++ exception left the {}{}: Suricata ends with std::terminate",
                      is_free ? "Free of slot " : kind, is_free ? what : " callback"),
          where);
}

void Watch::unsupported(const char* function, const void* caller) {
  abi::note_call(function);
  violate(
      "unsupported-function", Severity::error,
      fmt::format("{} called: it exists here so that plugins load, and does nothing. This is the "
                  "simulator's limit, not the plugin's mistake",
                  function),
      {function, caller});
}

void Watch::would_exit(const char* function, const char* message, bool for_sure,
                       const void* caller) {
  abi::note_call(function);
  violate("process-exit", for_sure ? Severity::error : Severity::warning,
          fmt::format("{} called: Suricata {}: {}", function,
                      for_sure ? "ends here, with status 1"
                               : "ends here if engine.init-failure-fatal is set, and warns if not",
                      message),
          {function, caller});
}

void Watch::listed(const char* kind, const char* name, int id) {
  const PluginInfo* const plugin = loader_->initialising();
  ListedInfo entry{plugin == nullptr ? "" : plugin->name, kind, name == nullptr ? "" : name, id};
  const std::lock_guard lock(listed_mutex_);
  const auto same = [&entry](const ListedInfo& other) {
    return other.id == entry.id && other.kind == entry.kind && other.name == entry.name &&
           other.plugin == entry.plugin;
  };
  if (std::none_of(listed_.begin(), listed_.end(), same)) listed_.push_back(std::move(entry));
}

std::vector<ListedInfo> Watch::registrations() const {
  const std::lock_guard lock(listed_mutex_);
  std::vector<ListedInfo> all = listed_;
  for (ListedInfo& entry : all) {
    // The plugin writes the name of a keyword into the table itself, after it got the id.
    if (entry.name.empty() && entry.kind == "keyword")
      entry.name = engine::read_string(abi::keyword_name(entry.id));
  }
  return all;
}

void Watch::logged(int level, const char* module, const char* message) {
  if (messages_.fetch_add(1, std::memory_order_relaxed) < kMostMessagesRecorded)
    engine::record(EventKind::log, {.what = engine::intern_here(message), .value = level});
  if (!log_to_stderr_) return;
  const char* const name = SCLogLevel2Name(static_cast<SCLogLevel>(level));
  const Context* const mine = engine::context();
  std::fprintf(stderr, "%s [%s] %s: %s\n", name == nullptr ? "?" : name,
               mine == nullptr ? "?" : mine->os_name.c_str(), module, message);
}

}  // namespace surisim::check
