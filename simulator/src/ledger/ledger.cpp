// Events, counters, lists of what was registered, and the log on stderr.
#include "ledger/ledger.hpp"

#include <suricata/util-debug.h>

#include <algorithm>
#include <cstdio>
#include <variant>

#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "base/safe_read.hpp"
#include "base/source_line.hpp"
#include "threads/flow_pool.hpp"
#include "threads/thread.hpp"
#include "threads/tm_threads.hpp"
#include "trace/context.hpp"

namespace surisim::ledger {

namespace {

using abi::Access;
using engine::Context;

constexpr std::uint64_t kMostMessagesRecorded = 10'000;

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
  // Of an EVE file type it is the name that is given.
  const std::string named = call.kind == JournalCallback::eve_filetype && call.function != nullptr
                                ? base::read_string(static_cast<const char*>(call.function))
                                : base::symbol_at(call.function);
  const char* const kind = to_string(call.kind);
  engine::record(EventKind::callback_registered,
                 {.what = kind, .detail = engine::intern_here(named)});
  if (PluginInfo* const plugin = loader_->initialising())
    plugin->callbacks.push_back({kind, named});
  report_callback(call, where_of(call));
  return call.function != nullptr;
}

void Ledger::keep(const abi::SlotRegistration& slot) {
  const Where where = where_of(slot);
  abi::note_call(where.function);
  engine::record(EventKind::storage_register, {.what = engine::intern_here(where.slot_name),
                                               .value = slot.id,
                                               .storage = static_cast<std::uint8_t>(slot.type)});
  const Context* const mine = engine::context();
  const SlotInfo info{type_name(slot.type), where.slot_name, slot.id};
  if (PluginInfo* const plugin = loader_->initialising()) {
    plugin->slots.push_back(info);
  } else if (mine == nullptr || mine->callback == JournalCallback::none) {
    own_slots_.push_back(info);
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

std::vector<ListedInfo> Ledger::registrations() const {
  const MutexLock lock(mutex_);
  std::vector<ListedInfo> all = listed_;
  for (ListedInfo& entry : all) {
    // The plugin writes the name of a keyword into the table itself, after it got the id.
    if (entry.name.empty() && entry.kind == "keyword")
      entry.name = base::read_string(abi::keyword_name(entry.id));
  }
  return all;
}

}  // namespace surisim::ledger
