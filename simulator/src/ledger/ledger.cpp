// Records events, counts values, lists registrations and writes plugins' log to stderr; reports
// what the host refuses, catches or does not model.
#include "ledger/ledger.hpp"

#include <fmt/core.h>
#include <suricata/util-debug.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <variant>

#include "abi/callbacks.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "base/safe_read.hpp"
#include "base/source_line.hpp"
#include "threads/flow_pool.hpp"
#include "threads/simulated_thread.hpp"
#include "threads/tm_threads.hpp"
#include "trace/context.hpp"

namespace surisim::ledger {

namespace {

using abi::Access;
using engine::Context;

constexpr std::uint64_t kMostMessagesRecorded = 10'000;

// The function that registers a callback of this kind.
const char* registration_of(JournalCallback kind) {
  using Kind = JournalCallback;
  static constexpr std::pair<Kind, const char*> kFunctions[] = {
      {Kind::thread_init, "SCThreadRegisterInitCallback"},
      {Kind::flow_init, "SCFlowRegisterInitCallback"},
      {Kind::flow_update, "SCFlowRegisterUpdateCallback"},
      {Kind::flow_finish, "SCFlowRegisterFinishCallback"},
      {Kind::eve, "SCEveRegisterCallback"},
      {Kind::logging_ready, "SCRegisterOnLoggingReady"},
      {Kind::eve_filetype, "SCRegisterEveFileType"},
      {Kind::app_layer_register, "SCPluginRegisterAppLayer"},
      {Kind::keywords_register, "SCSigTablePreRegister"},
  };
  for (const auto& [registered, function] : kFunctions)
    if (registered == kind) return function;
  return "a registration function";
}

std::string printable(const char* name) {
  return name == nullptr ? "NULL" : fmt::format("\"{}\"", name);
}

}  // namespace

void Ledger::attach(engine::PluginLoader* loader, engine::TmThreads* threads) {
  loader_ = loader;
  threads_ = threads;
  violations_.attach(loader);
}

void Ledger::finalized() {
  for (int type = 0; type < STORAGE_MAX; ++type) {
    const auto storage_type = static_cast<StorageEnum>(type);
    slot_names_[type].clear();
    for (unsigned id = 0; id < abi::state().storage.count(storage_type); ++id) {
      slot_names_[type].push_back(
          engine::intern_here(abi::state().storage.name_of(storage_type, static_cast<int>(id))));
    }
    named_[type] = slot_names_[type].size();
  }
}

engine::Thread* Ledger::thread_of(const void* tv) const {
  const Context* const mine = engine::context();
  if (mine->thread != nullptr && mine->thread->tv() == tv) return mine->thread;
  if (mine->freeing != nullptr && mine->freeing->tv() == tv) return mine->freeing;
  if (mine->callback_tv != tv) return nullptr;
  const auto& all = threads_->all();
  const auto found = std::find_if(all.rbegin(), all.rend(),
                                  [tv](const auto& thread) { return thread->tv() == tv; });
  return found == all.rend() ? nullptr : found->get();
}

inline void Ledger::value_set(Context& mine, const abi::StorageCall& call) {
  const bool is_thread = call.type == STORAGE_THREAD;
  auto& counters = is_thread ? mine.thread_values : mine.flow_values;
  const auto slot = static_cast<std::size_t>(call.id);
  if (slot >= counters.size()) return;
  const bool made = call.value != nullptr && call.value != call.before;
  if (made) counters[slot].made.add();
  if (call.before != nullptr && call.value != call.before) counters[slot].taken.add();

  if (mine.log == nullptr) return;
  const char* const name = event_name_of(call.type, slot);
  if (is_thread) {
    const bool own = mine.thread != nullptr && mine.thread->tv() == call.object;
    engine::Thread* const thread = own ? mine.thread : thread_of(call.object);
    if (thread != nullptr && made) thread->made_on[slot] = mine.event_name;
    engine::record_value(
        mine, call.value == nullptr ? EventKind::thread_value_taken : EventKind::thread_value_set,
        name, "", thread);
  } else if (mine.flow == call.object && mine.record_flows) {
    auto* const flow = const_cast<Flow*>(static_cast<const Flow*>(call.object));
    if (made) engine::made_on_of(flow)[slot] = mine.event_name;
    engine::record_flow(
        call.value == nullptr ? EventKind::flow_value_taken : EventKind::flow_value_set,
        engine::fields_of(*flow), nullptr, name);
  }
}

inline void Ledger::value_freed(Context& mine, const abi::StorageCall& call) {
  const bool is_thread = call.type == STORAGE_THREAD;
  auto& counters = is_thread ? mine.thread_values : mine.flow_values;
  const auto slot = static_cast<std::size_t>(call.id);
  if (slot >= counters.size()) return;
  counters[slot].freed.add();

  if (mine.log == nullptr) return;
  const char* const name = event_name_of(call.type, slot);
  if (is_thread) {
    engine::Thread* const thread = thread_of(call.object);
    engine::record_value(mine, EventKind::thread_value_freed, name,
                         thread == nullptr ? "" : thread->made_on[slot], thread);
  } else if (mine.flow == call.object && mine.record_flows) {
    auto* const flow = const_cast<Flow*>(static_cast<const Flow*>(call.object));
    engine::record_flow(EventKind::flow_value_freed, engine::fields_of(*flow), nullptr, name,
                        engine::made_on_of(flow)[slot]);
  }
}

void Ledger::happened(const abi::StorageCall& call) {
  Context* const mine = engine::context();
  if (mine == nullptr || call.id < 0 || call.failed) return;
  if (call.type != STORAGE_THREAD && call.type != STORAGE_FLOW) return;
  const abi::HostScope host;
  if (call.access == Access::set) value_set(*mine, call);
  if (call.access == Access::release) value_freed(*mine, call);
}

void Ledger::happened(const abi::Notice& notice) {
  const abi::HostScope host;
  std::visit([this](const auto& what) { keep(what); }, notice);
}

bool Ledger::allow(const abi::CallbackRegistration& call) {
  const abi::HostScope host;
  // Of an EVE file type `function` is the name.
  const std::string name = call.kind == JournalCallback::eve_filetype && call.function != nullptr
                               ? base::read_string(static_cast<const char*>(call.function))
                               : base::symbol_at(call.function);
  const char* const kind = to_string(call.kind);
  engine::record(
      EventKind::callback_registered,
      {.what = kind, .detail = engine::intern_here(name), .value = static_cast<int>(call.by)});
  loader_->registered(CallbackInfo{kind, name});
  report_callback(call, where_of(call));
  return call.function != nullptr;
}

void Ledger::keep(const abi::SlotRegistration& slot) {
  Where where = where_of(slot);
  const std::string cut = base::cut_if_extreme(slot.name);
  if (!cut.empty()) where.slot_name = cut.c_str();
  abi::note_call(where.function);
  engine::record(EventKind::storage_register, {.what = engine::intern_here(where.slot_name),
                                               .value = slot.id,
                                               .storage = static_cast<std::uint8_t>(slot.type)});
  const Context* const mine = engine::context();
  SlotInfo info{type_name(slot.type), where.slot_name, slot.id};
  if (loader_->initialising() != nullptr) {
    loader_->registered(std::move(info));
  } else if (mine == nullptr || mine->callback == JournalCallback::none) {
    const MutexLock lock(mutex_);
    own_slots_.push_back(std::move(info));
  }
  if (slot.id < 0) report_refused(slot, where);
}

void Ledger::keep(const abi::ThreadInitCallback& callback) {
  if (engine::context() == nullptr) return;
  engine::Thread* const thread = thread_of(callback.tv);
  if (thread != nullptr) thread->init_callbacks.add();
  engine::record(EventKind::thread_init_callback, {.value = callback.position, .thread = thread});
}

void Ledger::keep(const abi::LogMessage& message) {
  const int level = message.level;
  if (log_to_stderr_ && level > abi::state().log_level.load(std::memory_order_relaxed)) return;
  if (messages_.fetch_add(1, std::memory_order_relaxed) < kMostMessagesRecorded)
    engine::record(EventKind::log, {.what = engine::intern_here(message.text), .value = level});
  if (!log_to_stderr_) return;
  const char* const name = SCLogLevel2Name(static_cast<SCLogLevel>(level));
  const Context* const mine = engine::context();
  std::fprintf(stderr, "%s [%s] %s: %s\n", name == nullptr ? "?" : name,
               mine == nullptr ? "?" : mine->os_name.c_str(), message.module, message.text);
}

void Ledger::keep(const abi::ListedRegistration& listed) {
  const PluginInfo* const plugin = loader_->initialising();
  ListedInfo entry{plugin == nullptr ? "" : plugin->name, listed.kind,
                   listed.name == nullptr ? "" : listed.name, listed.id};
  const MutexLock lock(mutex_);
  const auto same = [&entry](const ListedInfo& other) {
    return other.id == entry.id && other.kind == entry.kind && other.name == entry.name &&
           other.plugin == entry.plugin;
  };
  if (std::none_of(listed_.begin(), listed_.end(), same)) listed_.push_back(std::move(entry));
}

std::vector<SlotInfo> Ledger::own_slots() const {
  const MutexLock lock(mutex_);
  return own_slots_;
}

std::vector<ListedInfo> Ledger::registrations() const {
  const MutexLock lock(mutex_);
  std::vector<ListedInfo> all = listed_;
  for (ListedInfo& entry : all) {
    // The plugin gets a keyword's id first, and then writes the name into the table.
    if (entry.name.empty() && entry.kind == "keyword")
      entry.name = base::read_string(abi::keyword_name(entry.id));
  }
  return all;
}

Where where_of(const abi::SlotRegistration& slot) {
  Where where{slot.function, slot.caller, slot.type};
  where.slot_name = slot.name == nullptr ? "" : slot.name;
  return where;
}

Where where_of(const abi::CallbackRegistration& call) {
  return {call.by_function != nullptr ? call.by_function : registration_of(call.kind), call.caller};
}

namespace {

// The address to report for a function: return addresses are looked up by the byte before them.
const void* entry_of(const void* function) {
  return function == nullptr ? nullptr : static_cast<const char*>(function) + 1;
}

const char* wrong_in(abi::Refusal refusal) {
  switch (refusal) {
    case abi::Refusal::no_name:
      return "no name";
    case abi::Refusal::no_free:
      return "Free NULL";
    case abi::Refusal::no_size:
      return "size 0";
    case abi::Refusal::no_alloc:
      return "Alloc NULL and a size other than 8, the size of a pointer";
    case abi::Refusal::other_version:
      return "a function that the running version of Suricata does not have";
    default:
      return "a storage type that does not exist";
  }
}

}  // namespace

void Ledger::report_refused(const abi::SlotRegistration& slot, const Where& where) {
  const std::string name = printable(slot.name == nullptr ? nullptr : where.slot_name);
  switch (slot.refusal) {
    case abi::Refusal::closed:
      violations_.found(RuleId::register_after_finalize, where, [&] {
        return fmt::format(
            "{} slot {} registered after storage was finalized: its id is -1. "
            "Register slots in the plugin's Init",
            type_name(slot.type), name);
      });
      break;
    case abi::Refusal::duplicate:
      violations_.found(RuleId::register_duplicate_name, where, [&] {
        return fmt::format("{} slot {} is registered already: the second id is -1",
                           type_name(slot.type), name);
      });
      break;
    case abi::Refusal::none:
    case abi::Refusal::out_of_memory:
      break;
    case abi::Refusal::bad_type:
    case abi::Refusal::no_name:
    case abi::Refusal::no_free:
    case abi::Refusal::no_size:
    case abi::Refusal::no_alloc:
    case abi::Refusal::other_version:
      violations_.found(RuleId::register_invalid_argument, where, [&] {
        return fmt::format("{} slot {} registered with {}: its id is -1", type_name(slot.type),
                           name, wrong_in(slot.refusal));
      });
  }
}

void Ledger::report_callback(const abi::CallbackRegistration& call, const Where& where) {
  const char* const kind = to_string(call.kind);
  if (late()) {
    violations_.found(RuleId::callback_registered_late, where, [&] {
      return fmt::format(
          "{} callback registered after threads were created: it never runs for those threads, "
          "and the list has no lock",
          kind);
    });
  }
  if (call.function != nullptr) return;
  violations_.found(RuleId::callback_null_function, where, [&] {
    return call.kind == JournalCallback::eve_filetype
               ? fmt::format("{} registered with a NULL name: Suricata compares it", kind)
               : fmt::format("{} callback registered with a NULL function: Suricata calls it",
                             kind);
  });
}

void Ledger::keep(const abi::ExceptionLeft& exception) {
  const bool is_free = exception.kind == JournalCallback::free_value;
  Where where;
  where.caller =
      exception.caught_by_wrappers != nullptr ? exception.function : entry_of(exception.function);
  violations_.found(abi::rule_of_exception(exception.kind), where, [&] {
    return exception.caught_by_wrappers != nullptr
               ? fmt::format("{}; the C++ wrappers caught it, in C it would end Suricata",
                             exception.caught_by_wrappers)
               : fmt::format(
                     "a C++ exception left a {}{}: Suricata ends with std::terminate. It says: {}",
                     to_string(exception.kind), is_free ? "" : " callback", abi::exception_text());
  });
}

void Ledger::keep(const abi::AssertionFailed& assertion) {
  Where where;
  where.caller = assertion.caller;
  violations_.found(RuleId::assertion_failed, where,
                    [&] { return std::string(assertion.message); });
}

void Ledger::keep(const abi::OutputMistake& mistake) {
  Where where{mistake.host_function,
              mistake.caller != nullptr ? mistake.caller : entry_of(mistake.function)};
  where.plugin = mistake.plugin;
  violations_.found(mistake.rule, where, [&] { return std::string(mistake.message); });
}

void Ledger::keep(const abi::UnmodelledCall& call) {
  abi::note_call(call.function);
  violations_.found(RuleId::unsupported_function, {call.function, call.caller}, [&] {
    return fmt::format(
        "{} called: it exists here so that plugins load, and does nothing. This is "
        "the simulator's limit, not the plugin's mistake",
        call.function);
  });
}

void Ledger::keep(const abi::PacketsLeaked& leak) {
  Where where;
  where.caller = entry_of(leak.loop);
  violations_.found(RuleId::packet_leaked, where, [&] {
    return fmt::format(
        "{} packet{} of the pool of {} {} never given back: once all are missing, "
        "PacketPoolWait waits forever",
        leak.packets, leak.packets == 1 ? "" : "s", leak.thread,
        leak.packets == 1 ? "was" : "were");
  });
}

void Ledger::keep(const abi::FatalCall& call) {
  abi::note_call(call.function);
  Where where{call.function, call.caller};
  if (!call.is_certain) where.severity = Severity::warning;
  violations_.found(RuleId::process_exit, where, [&] {
    return fmt::format("{} called: Suricata {}: {}", call.function,
                       call.is_certain
                           ? "ends here, with status 1"
                           : "ends here if engine.init-failure-fatal is set, and warns if not",
                       call.message);
  });
}

}  // namespace surisim::ledger
