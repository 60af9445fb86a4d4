// The record of a run: what plugins registered, what happened to values, what plugins logged, and
// the violations. It observes each call of a C function: alone with checks off; with checks on
// check::Checker gets each call first and passes it on. What the host refuses, catches or does not
// model is reported here, so with checks off too, and the run continues where Suricata would crash
// or exit.
//
// When:    during a run; attach() before it starts.
// Owner:   the Engine.
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
  // `late`: threads exist already. [main]
  void enter_phase(const char* name, bool late) {
    violations_.enter_phase(name);
    late_.store(late, std::memory_order_relaxed);
  }
  bool late() const { return late_.load(std::memory_order_relaxed); }
  // Called when storage is finalized: there will be no more slots. [main]
  void finalized();

  Violations& violations() { return violations_; }
  const Violations& violations() const { return violations_; }
  // The slots that no plugin has registered.
  std::vector<SlotInfo> own_slots() const;
  // What plugins have registered for detection and parsing, which is only listed.
  std::vector<ListedInfo> registrations() const;

  bool allow(const abi::StorageCall&) override { return true; }
  bool allow(const abi::CallbackRegistration& call) override;
  bool allow(const abi::ThreadCall&) override { return true; }
  bool allow(const abi::CounterCall&) override { return true; }
  void happened(const abi::StorageCall& call) override;
  void happened(const abi::Notice& notice) override;
  void callback_returns(engine::Context&) override {}

  // The simulated thread with this ThreadVars, if it is the calling thread, or the calling thread
  // is creating or freeing it; otherwise nullptr. Only on engine threads.
  engine::Thread* thread_of(const void* tv) const;

 private:
  // Inlined into happened(), as they are on the packet path.
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
  std::vector<const char*> slot_names_[STORAGE_MAX];  // interned, by id
  std::size_t named_[STORAGE_MAX] = {};               // how many; cheaper to compare than size()
  mutable Mutex mutex_;
  std::vector<ListedInfo> listed_ SURISIM_GUARDED_BY(mutex_);
};

// Where a registration happened.
Where where_of(const abi::SlotRegistration& slot);
Where where_of(const abi::CallbackRegistration& call);

}  // namespace surisim::ledger
