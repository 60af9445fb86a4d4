// Passes the calls and notices of a run to the checks, and then to the ledger.
#include "check/checker.hpp"

#include <fmt/core.h>

#include <variant>

#include "abi/callers.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "trace/os_threads.hpp"

namespace surisim::check {

std::string by_rust_function(const char* by, const void* call) {
  const std::string name = abi::rust_function_called(abi::tail_call_of(call));
  return name.empty() ? "" : fmt::format("{} {}", by, name);
}

using abi::Access;
using engine::Context;

Checker::Checker(ledger::Ledger& ledger, const engine::PluginLoader& loader,
                 const engine::TmThreads& threads)
    : ledger_(ledger), loader_(loader), threads_(threads), memory_(ledger.violations().phase()) {
  memory_.start();
}

void Checker::before_plugins() {
  host_tasks_ = engine::threads_of_process();
  decoys_.place();
}

void Checker::finalized() {
  accessible_.store(true, std::memory_order_relaxed);
  for (const StorageEnum type : {STORAGE_THREAD, STORAGE_FLOW})
    ever_set_[type] = std::vector<std::atomic<bool>>(abi::state().storage.count(type));
  check_names(nullptr);
  plugin_tasks_ = engine::threads_of_process();
  for (const pid_t tid : host_tasks_) plugin_tasks_.erase(tid);
}

void Checker::before_threads() {
  host_tasks_ = engine::threads_of_process();
  for (const pid_t tid : plugin_tasks_) host_tasks_.erase(tid);
}

void Checker::end_of_run(bool threads_ran, bool faults_hit) {
  {
    const abi::HostScope host;
    check_names(nullptr);
    abi::state().plugin_threads.report_lost();
    memory_.hold_frees();
    check_leaks();
    report_command_threads();
    report_used_after_free();
    if (!faults_hit) {
      report_empty_reads();
      if (threads_ran) {
        check_unused(STORAGE_THREAD);
        check_unused(STORAGE_FLOW);
      }
    }
  }
  memory_.stop();
}

bool Checker::allow(const abi::CallbackRegistration& call) {
  // A late registration on an unmanaged thread is reported only as late.
  if (!ledger_.late() || engine::context() != nullptr) {
    const abi::HostScope host;
    check_registration(ledger::where_of(call));
  }
  return ledger_.allow(call);
}

void Checker::happened(const abi::StorageCall& call) {
  if (call.access == Access::get) {
    note_empty_read(call);
  } else if (call.access == Access::set) {
    note_set(call);
  }
  ledger_.happened(call);
}

void Checker::happened(const abi::Notice& notice) {
  const abi::HostScope host;
  if (const auto* const slot = std::get_if<abi::SlotRegistration>(&notice)) {
    if (slot->caller != nullptr) check_registration(ledger::where_of(*slot));
    if (slot->id >= 0) {
      if (slot->owner != abi::kSuricata) note_name(*slot);
    } else {
      const MutexLock lock(mutex_);
      refused_.insert({slot->owner, slot->type});
    }
  } else if (std::holds_alternative<abi::ThreadInitCallback>(notice)) {
    thread_init_begins();
  } else if (const auto* const change = std::get_if<abi::ThreadChange>(&notice)) {
    const Context* const mine = engine::context();
    handles_.thread_stage(change->tv, change->stage,
                          mine == nullptr || mine->callback != JournalCallback::none);
  } else if (const auto* const flow = std::get_if<abi::FlowMemory>(&notice)) {
    handles_.flow_memory(flow->flow, flow->made);
  }
  if (const auto* const changed = std::get_if<abi::HostFieldsChanged>(&notice))
    host_fields_changed(*changed);
  if (const auto* const output = std::get_if<abi::OutputRegistration>(&notice))
    note_output(*output);
  ledger_.happened(notice);
}

void Checker::callback_returns(Context& mine) {
  memory_.check_freed(mine.freed_values,
                      [this](const Block& block) { report_freed_in_place(block); });
  check_empty_reads(mine);
  if (mine.callback == JournalCallback::thread_init) thread_init_returns(mine);
}

}  // namespace surisim::check
