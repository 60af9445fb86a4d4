// Watches what plugins do, at the C functions: counts values, records events, and says what is
// wrong at the call that commits it.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "abi/process_state.hpp"
#include "check/violations.hpp"
#include "engine/context.hpp"
#include "engine/plugin_loader.hpp"
#include "surisim/plugin.hpp"
#include "surisim/summary.hpp"

namespace surisim::engine {
class TmThreads;
}

namespace surisim::check {

class Watch final : public abi::Observer {
 public:
  // `log_to_stderr`: plugins' messages are written there. `listener` hears each new violation.
  Watch(bool log_to_stderr, Violations::Listener listener)
      : log_to_stderr_(log_to_stderr), violations_(std::move(listener)) {}

  void attach(engine::PluginLoader* loader, engine::TmThreads* threads) {
    loader_ = loader;
    threads_ = threads;
  }
  // Phase that violations are said to happen in; `late`: threads have been created. [main]
  void enter_phase(const char* name, bool late) {
    phase_.store(name, std::memory_order_relaxed);
    late_.store(late, std::memory_order_relaxed);
  }

  // Storage is finalized: slots have their final names. [main]
  void finalized();

  Violations& violations() { return violations_; }
  const Violations& violations() const { return violations_; }
  const std::vector<SlotInfo>& own_slots() const { return own_slots_; }
  std::vector<ListedInfo> registrations() const;

  void registered(StorageEnum type, const char* name, int id, abi::Refusal why,
                  const void* caller) override;
  bool callback_registered(const char* kind, const void* fn, const void* caller) override;
  bool may_get(StorageEnum type, const void* object, int id, const void* caller) override;
  bool may_set(StorageEnum type, const void* object, int id, const void* caller,
               int* result) override;
  void value_set(StorageEnum type, const void* object, int id, const void* before,
                 const void* value) override;
  void value_freed(StorageEnum type, const void* object, int id) override;
  void thread_init_callback(ThreadVars* tv, int position) override;
  void callback_threw(const char* kind, const char* what) override;
  void logged(int level, const char* module, const char* message) override;
  void unsupported(const char* function, const void* caller) override;
  void would_exit(const char* function, const char* message, bool for_sure,
                  const void* caller) override;
  void listed(const char* kind, const char* name, int id) override;
  std::size_t current_plugin() override { return loader_->current(); }

 private:
  struct Where {
    const char* function = "";
    const void* caller = nullptr;
    std::string slot = {};
    std::string tv = {};
  };
  void violate(const char* rule, Severity severity, std::string message, const Where& where);
  bool may_access(StorageEnum type, const void* object, int id, const void* caller,
                  const char* function);
  engine::Thread* thread_of(const void* tv) const;
  const char* event_name_of(StorageEnum type, std::size_t slot) const;

  bool log_to_stderr_;
  engine::PluginLoader* loader_ = nullptr;
  engine::TmThreads* threads_ = nullptr;
  std::atomic<const char*> phase_{""};
  std::atomic<bool> late_{false};
  std::atomic<bool> refused_some_{false};  // a registration was refused: -1 is its result
  std::atomic<std::uint64_t> messages_{0};
  Violations violations_;
  std::vector<SlotInfo> own_slots_;
  mutable std::mutex listed_mutex_;
  std::vector<ListedInfo> listed_;
  std::vector<const char*> slot_names_[STORAGE_MAX];  // as events keep them
};

}  // namespace surisim::check
