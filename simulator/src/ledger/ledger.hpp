// The record of a run: what plugins registered, what happened to values, what plugins logged, and
// the violations. With checks off only this runs at the C functions; with checks on check::Checker
// receives every call first and passes it on. Calls that the host refuses, exceptions that it
// catches and functions that it does not model are reported here, so with checks off too: the run
// goes on where Suricata would crash or exit.
//
// When:    for the length of a run, attached before it begins.
// Owner:   the engine.
// Threads: any, unless a tag says otherwise.
// Source:  the facts that the rules name: L8, L16, L17, L18.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "abi/observer.hpp"
#include "base/mutex.hpp"
#include "ledger/violations.hpp"
#include "surisim/plugin.hpp"
#include "surisim/summary.hpp"

namespace surisim::engine {
class Thread;
class TmThreads;
}  // namespace surisim::engine

namespace surisim::ledger {

class Ledger final : public abi::Observer {
 public:
  // `log_to_stderr`: plugins' messages are written there. `listener` gets each new violation.
  Ledger(bool log_to_stderr, Violations::Listener listener)
      : log_to_stderr_(log_to_stderr), violations_(std::move(listener)) {}

  void attach(engine::PluginLoader* loader, engine::TmThreads* threads);
  // `late`: threads exist. [main]
  void enter_phase(const char* name, bool late) {
    violations_.enter_phase(name);
    late_.store(late, std::memory_order_relaxed);
  }
  bool late() const { return late_.load(std::memory_order_relaxed); }
  // Storage is finalized, so no more slots come. [main]
  void finalized();

  Violations& violations() { return violations_; }
  const Violations& violations() const { return violations_; }
  std::vector<SlotInfo> own_slots() const;
  std::vector<ListedInfo> registrations() const;

  bool allow(const abi::StorageCall&) override { return true; }
  bool allow(const abi::CallbackRegistration& call) override;
  bool allow(const abi::ThreadCall&) override { return true; }
  bool allow(const abi::CounterCall&) override { return true; }
  void happened(const abi::StorageCall& call) override;
  void happened(const abi::Notice& notice) override;
  void callback_returns(engine::Context&) override {}

  // The simulated thread of this ThreadVars, if it is the calling one or the calling one is
  // creating or freeing it; else nullptr. On an engine thread only.
  engine::Thread* thread_of(const void* tv) const;

 private:
  // On the packet path, so inlined into happened().
  [[gnu::always_inline]] void value_set(engine::Context& mine, const abi::StorageCall& call);
  [[gnu::always_inline]] void value_freed(engine::Context& mine, const abi::StorageCall& call);
  const char* event_name_of(StorageEnum type, std::size_t slot) const {
    return slot < named_[type] ? slot_names_[type][slot] : "";
  }

  void keep(const abi::SlotRegistration& slot);
  void keep(const abi::ThreadInitCallback& callback);
  void keep(const abi::LogMessage& message);
  void keep(const abi::ListedRegistration& entry);
  void keep(const abi::ThreadChange&) {}
  void keep(const abi::FlowMemory&) {}
  void keep(const abi::HostFieldsChanged&) {}
  void keep(const abi::PacketsLeaked& leak);

  void keep(const abi::ExceptionLeft& exception);
  void keep(const abi::AssertionFailed& assertion);
  void keep(const abi::OutputMistake& mistake);
  void keep(const abi::OutputRegistration&) {}
  void keep(const abi::UnmodelledCall& call);
  void keep(const abi::FatalCall& call);
  void report_refused(const abi::SlotRegistration& slot, const Where& where);
  void report_callback(const abi::CallbackRegistration& call, const Where& where);

  const bool log_to_stderr_;
  engine::PluginLoader* loader_ = nullptr;
  engine::TmThreads* threads_ = nullptr;
  std::atomic<bool> late_{false};
  std::atomic<std::uint64_t> messages_{0};
  Violations violations_;
  std::vector<SlotInfo> own_slots_ SURISIM_GUARDED_BY(mutex_);
  std::vector<const char*> slot_names_[STORAGE_MAX];  // as events keep them
  std::size_t named_[STORAGE_MAX] = {};               // their number, which is cheap to compare
  mutable Mutex mutex_;
  std::vector<ListedInfo> listed_ SURISIM_GUARDED_BY(mutex_);
};

// The place of a registration, for violations.
Where where_of(const abi::SlotRegistration& slot);
Where where_of(const abi::CallbackRegistration& call);

}  // namespace surisim::ledger
