#include "check/watch.hpp"

#include <fmt/core.h>
#include <pthread.h>
#include <suricata/util-debug.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string_view>

#include "abi/caller.hpp"
#include "abi/host_scope.hpp"
#include "abi/note_call.hpp"
#include "base/safe_read.hpp"
#include "base/source_line.hpp"
#include "check/names.hpp"
#include "threads/thread.hpp"
#include "threads/tm_threads.hpp"
#include "trace/os_threads.hpp"
#include "trace/record.hpp"

namespace surisim::check {

namespace {

using engine::Context;

constexpr std::uint64_t kMostMessagesRecorded = 10'000;

std::string this_thread_name() {
  if (const Context* mine = engine::context()) return mine->os_name;
  char name[16] = "";
  pthread_getname_np(pthread_self(), name, sizeof name);
  return fmt::format("{} (not one of Suricata's)", name);
}

// The function that registers a callback of this kind.
const char* registration_of(std::string_view kind) {
  static constexpr std::pair<std::string_view, const char*> kFunctions[] = {
      {"thread init", "SCThreadRegisterInitCallback"},
      {"flow init", "SCFlowRegisterInitCallback"},
      {"flow update", "SCFlowRegisterUpdateCallback"},
      {"flow finish", "SCFlowRegisterFinishCallback"},
      {"EVE", "SCEveRegisterCallback"},
      {"logging ready", "SCRegisterOnLoggingReady"},
      {"EVE file type", "SCRegisterEveFileType"},
      {"packet logger", "SCOutputRegisterPacketLogger"},
      {"flow logger", "SCOutputRegisterFlowLogger"},
      {"tx logger", "SCOutputRegisterTxLogger"},
  };
  for (const auto& [of, function] : kFunctions) {
    if (kind == of) return function;
  }
  return "a registration function";
}

std::string printable(const char* name) {
  return name == nullptr ? "NULL" : fmt::format("\"{}\"", name);
}

}  // namespace

Violation Watch::describe(const char* rule, Severity severity, const Where& where) const {
  Violation violation;
  violation.rule = rule;
  violation.severity = severity;
  violation.phase = phase_.load(std::memory_order_relaxed);
  violation.thread = this_thread_name();
  violation.tv = where.tv;
  violation.slot = slot_name_of(where);
  if (where.moment != nullptr && where.moment->thread != nullptr) {
    violation.phase = where.moment->phase;
    violation.thread = where.moment->thread;
    violation.callback = to_string(where.moment->callback);
  } else if (const Context* mine = engine::context()) {
    // At the end of the process the engine is in none; who ends it says that destructors run.
    const bool journalled = mine->callback == JournalCallback::none && mine->journal != nullptr;
    violation.callback = to_string(journalled ? mine->journal->callback() : mine->callback);
    if (violation.tv.empty() && mine->callback_tv != nullptr)
      violation.tv = mine->callback_tv->name;
  }
  if (const GivenName* const given = given_name(where); given != nullptr) {
    violation.phase = given->phase;
    violation.callback = to_string(given->callback);
  }
  violation.function = where.function;
  const void* const caller = abi::authors_call(where.caller);
  violation.call_site = base::describe_address(caller);
  violation.other_thread = where.other_thread;
  violation.source = base::source_of(caller);
  violation.set_at = base::describe_call(where.set_at);
  const std::uint32_t plugin =
      where.plugin == engine::kNoPlugin ? plugin_in_charge() : where.plugin;
  if (plugin < loader_->plugins().size()) violation.plugin = loader_->plugins()[plugin].path;
  return violation;
}

const Watch::GivenName* Watch::given_name(const Where& where) const {
  // Names are given while only threads of the engine's look for them here.
  if (where.caller == nullptr || where.id < 0 || where.object != nullptr ||
      engine::context() == nullptr)
    return nullptr;
  const auto same = [&where](const GivenName& name) {
    return name.caller == where.caller && name.type == where.type && name.id == where.id;
  };
  const auto found = std::find_if(names_.begin(), names_.end(), same);
  return found == names_.end() ? nullptr : &*found;
}

const char* Watch::slot_name_of(const Where& where) const {
  return *where.slot_name != '\0' ? where.slot_name
                                  : abi::state().storage.name_of(where.type, where.id);
}

void Watch::attach(engine::PluginLoader* loader, engine::TmThreads* threads) {
  loader_ = loader;
  threads_ = threads;
  if (checks_) memory_.start();
}

void Watch::before_plugins() {
  if (checks_) host_tasks_ = engine::threads_of_process();
}

void Watch::before_threads() {
  if (!checks_) return;
  host_tasks_ = engine::threads_of_process();
  for (const pid_t tid : plugin_tasks_) host_tasks_.erase(tid);
}

std::uint32_t Watch::running_plugin() {
  if (loader_->current() < loader_->plugins().size())
    return loader_->library_of(loader_->current());
  const Context* const mine = engine::context();
  return mine == nullptr ? engine::kNoPlugin : mine->plugin;
}

std::uint32_t Watch::owner_of(StorageEnum type, int id) const {
  const auto& owners = owners_[type];
  const auto slot = static_cast<std::size_t>(static_cast<unsigned>(id));
  return slot < owners.size() && owners[slot] != kSuricata ? owners[slot] : engine::kNoPlugin;
}

void Watch::thread_stage(const void* tv, abi::ThreadStage stage) {
  const Context* const mine = engine::context();
  const abi::HostScope host;
  handles_.thread_stage(tv, stage, mine == nullptr || mine->callback != JournalCallback::none);
}

void Watch::registered(StorageEnum type, const char* name, int id, abi::Refusal why,
                       const void* caller) {
  const abi::HostScope host;
  const char* const function = type == STORAGE_THREAD ? "SCThreadStorageRegister"
                               : type == STORAGE_FLOW ? "SCFlowStorageRegister"
                                                      : "SCStorageRegister";
  abi::note_call(function);
  const char* const text = name == nullptr ? "" : name;
  engine::record(
      EventKind::storage_register,
      {.what = engine::intern_here(text), .value = id, .storage = static_cast<std::uint8_t>(type)});
  const Context* const mine = engine::context();
  if (PluginInfo* const plugin = loader_->initialising()) {
    plugin->slots.push_back({type_name(type), text, id});
  } else if (mine == nullptr || mine->callback == JournalCallback::none) {
    own_slots_.push_back({type_name(type), text, id});
  }
  const std::uint32_t owner = caller == nullptr ? kSuricata : running_plugin();
  Where where{function, caller, type};
  where.slot_name = text;
  if (checks_ && caller != nullptr) judge_registration(where);
  if (id >= 0) {
    owners_[type].resize(static_cast<std::size_t>(id));
    owners_[type].push_back(owner);
    if (!checks_ || owner == kSuricata) return;
    names_.push_back({name, text, type, id, owner, caller, phase_.load(),
                      mine == nullptr ? JournalCallback::none : mine->callback});
    memory_.name_given(name);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    refused_.insert({owner, type});
  }
  switch (why) {
    case abi::Refusal::closed:
      violate("register-after-finalize", Severity::error, where, [&] {
        return fmt::format(
            "{} slot {} registered after storage was finalized: its id is -1. "
            "Register slots in the plugin's Init",
            type_name(type), printable(name));
      });
      break;
    case abi::Refusal::duplicate:
      violate("register-duplicate-name", Severity::error, where, [&] {
        return fmt::format("{} slot {} is registered already: the second id is -1", type_name(type),
                           printable(name));
      });
      break;
    case abi::Refusal::out_of_memory:
      break;
    default:
      violate("register-invalid-argument", Severity::error, where, [&] {
        return fmt::format("{} slot {} registered with {}: its id is -1", type_name(type),
                           printable(name),
                           why == abi::Refusal::no_name   ? "no name"
                           : why == abi::Refusal::no_free ? "Free NULL"
                                                          : "a storage type that does not exist");
      });
  }
}

// A registration from inside a Free, or from a thread that is none of Suricata's.
void Watch::judge_registration(const Where& where) {
  const Context* const mine = engine::context();
  if (mine == nullptr) {
    violate("access-unmanaged-thread", Severity::error, where, [&] {
      return fmt::format(
          "{} called on a thread that is none of Suricata's: registration has no lock",
          where.function);
    });
  } else if (mine->callback == JournalCallback::free_value) {
    violate("free-reentrant", Severity::error, where,
            [&] { return fmt::format("{} called from inside a Free", where.function); });
  }
}

bool Watch::callback_registered(const char* kind, const void* fn, const void* caller) {
  const abi::HostScope host;
  // Of an EVE file type it is the name that is given.
  const bool is_name = kind == std::string_view(to_string(JournalCallback::eve_filetype));
  const std::string named = is_name && fn != nullptr
                                ? base::read_string(static_cast<const char*>(fn))
                                : base::symbol_at(fn);
  engine::record(EventKind::callback_registered,
                 {.what = kind, .detail = engine::intern_here(named)});
  const Where where{registration_of(kind), caller};
  const bool late = late_.load(std::memory_order_relaxed);
  // Too late is too late on any thread.
  if (checks_ && (!late || engine::context() != nullptr)) judge_registration(where);
  if (PluginInfo* const plugin = loader_->initialising())
    plugin->callbacks.push_back({kind, named});
  if (late) {
    violate("callback-registered-late", Severity::warning, where, [&] {
      return fmt::format(
          "{} callback registered after threads were created: those never get it, "
          "and the list has no lock",
          kind);
    });
  }
  if (fn != nullptr) return true;
  violate("callback-null-function", Severity::error, where, [&] {
    return is_name ? fmt::format("{} registered with a NULL name: Suricata compares it", kind)
                   : fmt::format("{} callback registered with a NULL function: Suricata calls it",
                                 kind);
  });
  return false;
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
  accessible_.store(true, std::memory_order_relaxed);
  for (const StorageEnum type : {STORAGE_THREAD, STORAGE_FLOW})
    set_somewhere_[type] = std::vector<std::atomic<bool>>(abi::state().storage.count(type));
  for (int type = 0; type < STORAGE_MAX; ++type) {
    const auto storage_type = static_cast<StorageEnum>(type);
    slot_names_[type].clear();
    for (unsigned id = 0; id < abi::state().storage.count(storage_type); ++id) {
      slot_names_[type].push_back(
          engine::intern_here(abi::state().storage.name_of(storage_type, static_cast<int>(id))));
    }
    named_[type] = slot_names_[type].size();
  }
  if (!checks_) return;
  judge_names(nullptr);
  plugin_tasks_ = engine::threads_of_process();
  for (const pid_t tid : host_tasks_) plugin_tasks_.erase(tid);
}

void Watch::thread_init_callback(ThreadVars* tv, int position) {
  if (engine::context() == nullptr) return;
  const abi::HostScope host;
  engine::Thread* const thread = thread_of(tv);
  if (thread != nullptr) thread->init_callbacks.add();
  engine::record(EventKind::thread_init_callback, {.value = position, .thread = thread});
}

namespace {

// What is being handled, in its own words.
std::string current_exception() {
  try {
    throw;
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

}  // namespace

void Watch::callback_threw(const char* kind, const void* function) {
  const abi::HostScope host;
  const bool is_free = std::string_view(kind) == to_string(JournalCallback::free_value);
  Where where;
  where.caller = function == nullptr ? nullptr : static_cast<const char*>(function) + 1;
  const std::string what = current_exception();
  violate(is_free ? "free-throws" : "callback-exception", Severity::error, where, [&] {
    return fmt::format(
        "a C++ exception left a {}{}: Suricata ends with std::terminate. It says: {}", kind,
        is_free ? "" : " callback", what);
  });
}

void Watch::unsupported(const char* function, const void* caller) {
  const abi::HostScope host;
  abi::note_call(function);
  violate("unsupported-function", Severity::error, {function, caller}, [&] {
    return fmt::format(
        "{} called: it exists here so that plugins load, and does nothing. This is "
        "the simulator's limit, not the plugin's mistake",
        function);
  });
}

void Watch::would_exit(const char* function, const char* message, bool for_sure,
                       const void* caller) {
  const abi::HostScope host;
  abi::note_call(function);
  violate("process-exit", for_sure ? Severity::error : Severity::warning, {function, caller}, [&] {
    return fmt::format("{} called: Suricata {}: {}", function,
                       for_sure ? "ends here, with status 1"
                                : "ends here if engine.init-failure-fatal is set, and warns if not",
                       message);
  });
}

void Watch::listed(const char* kind, const char* name, int id) {
  const abi::HostScope host;
  const PluginInfo* const plugin = loader_->initialising();
  ListedInfo entry{plugin == nullptr ? "" : plugin->name, kind, name == nullptr ? "" : name, id};
  const std::lock_guard lock(mutex_);
  const auto same = [&entry](const ListedInfo& other) {
    return other.id == entry.id && other.kind == entry.kind && other.name == entry.name &&
           other.plugin == entry.plugin;
  };
  if (std::none_of(listed_.begin(), listed_.end(), same)) listed_.push_back(std::move(entry));
}

std::vector<ListedInfo> Watch::registrations() const {
  const std::lock_guard lock(mutex_);
  std::vector<ListedInfo> all = listed_;
  for (ListedInfo& entry : all) {
    // The plugin writes the name of a keyword into the table itself, after it got the id.
    if (entry.name.empty() && entry.kind == "keyword")
      entry.name = base::read_string(abi::keyword_name(entry.id));
  }
  return all;
}

// The C++ wrappers catch what would leave a callback, and log it with these words.
void Watch::judge_message(int level, const char* module, const char* message) {
  const Context* const mine = engine::context();
  if (level != SC_LOG_ERROR || mine == nullptr || mine->callback == JournalCallback::none ||
      std::string_view(module) != "suricata_ffi" ||
      std::string_view(message).find(" let an exception out: ") == std::string_view::npos)
    return;
  const bool is_free = mine->callback == JournalCallback::free_value;
  Where where;
  where.caller = abi::running_function_or(nullptr);
  violate(is_free ? "free-throws" : "callback-exception", Severity::error, where, [&] {
    return fmt::format("{}; the C++ wrappers caught it, in C it would end Suricata", message);
  });
}

void Watch::logged(int level, const char* module, const char* message) {
  const abi::HostScope host;
  judge_message(level, module, message);
  if (log_to_stderr_ && level > abi::state().log_level.load(std::memory_order_relaxed)) return;
  if (messages_.fetch_add(1, std::memory_order_relaxed) < kMostMessagesRecorded)
    engine::record(EventKind::log, {.what = engine::intern_here(message), .value = level});
  if (!log_to_stderr_) return;
  const char* const name = SCLogLevel2Name(static_cast<SCLogLevel>(level));
  const Context* const mine = engine::context();
  std::fprintf(stderr, "%s [%s] %s: %s\n", name == nullptr ? "?" : name,
               mine == nullptr ? "?" : mine->os_name.c_str(), module, message);
}

}  // namespace surisim::check
