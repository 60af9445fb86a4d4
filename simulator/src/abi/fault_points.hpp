// The places in the C functions where a fault can be injected.
//
// When:    at each such place; nothing fails unless a run has asked for it (Faults).
// Threads: any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace surisim::abi {

enum class FaultPoint : std::uint8_t {
  plugin_alloc,   // the plugin asks malloc for memory
  host_alloc,     // Suricata asks for memory, and goes on without
  slot_register,  // a plugin's slot, with nothing against it
  value_set,      // a plugin's set, with nothing against it
};
inline constexpr std::size_t kFaultPoints = 4;

// Decides whether it fails. Called on any thread, inside malloc too: must not wait, nor need memory
// that is watched.
class FaultInjector {
 public:
  virtual ~FaultInjector() = default;
  // `name`: of the slot, or what the memory is for. `caller`: the plugin's call, NULL: none.
  virtual bool fails(FaultPoint point, const char* name, const void* caller) noexcept = 0;
};

// NULL: nothing fails.
inline std::atomic<FaultInjector*> g_faults{nullptr};

inline bool fails(FaultPoint point, const char* name, const void* caller) noexcept {
  FaultInjector* const injector = g_faults.load(std::memory_order_acquire);
  return injector != nullptr && injector->fails(point, name, caller);
}

// Above 0: what the plugin asks for on this thread is not to fail.
inline thread_local int unfailing_depth __attribute__((tls_model("initial-exec"))) = 0;

// For the length of a scope: Suricata's own function asks in the plugin's name.
class UnfailingScope {
 public:
  UnfailingScope() noexcept { ++unfailing_depth; }
  ~UnfailingScope() { --unfailing_depth; }
  UnfailingScope(const UnfailingScope&) = delete;
  UnfailingScope& operator=(const UnfailingScope&) = delete;
};

}  // namespace surisim::abi
