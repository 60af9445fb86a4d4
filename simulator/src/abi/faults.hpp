// Injects the faults of a run: counts the places where one can hit, lets those fail that were asked
// for, and remembers where they hit.
//
// When:    for the length of a run.
// Owner:   the engine, for one run.
// Threads: fails() on any; the rest on main.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/journal.hpp"
#include "surisim/faults.hpp"
#include "surisim/summary.hpp"

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

class Faults final : public FaultInjector {
 public:
  explicit Faults(const std::vector<Fault>& asked);
  ~Faults() override;
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  void enter_phase(const char* name) { phase_.store(name, std::memory_order_relaxed); }
  // Whether this thread is to fail so; the place is where the calling thread is now. [creator]
  bool fails(Fault::Kind kind, const std::string& thread);
  // Whether one is asked for; it has not hit by that. [any thread]
  bool asked(Fault::Kind kind) const;
  // How many have hit so far. [any thread]
  std::uint64_t hits() const { return hits_.load(std::memory_order_relaxed); }
  std::vector<FaultSummary> summary() const;

  bool fails(FaultPoint point, const char* name, const void* caller) noexcept override;

 private:
  // Filled by the thread that it hits, inside malloc: fixed sizes.
  struct Asked {
    explicit Asked(const Fault& of) : fault(of) {}
    const Fault fault;
    std::atomic<bool> hit{false};   // what follows is there
    std::array<char, 16> thread{};  // OS thread
    std::array<char, 64> what{};
    const char* phase = "";
    JournalCallback callback = JournalCallback::none;
    const void* caller = nullptr;
  };
  void hit(Asked& asked, const char* what, const void* caller) noexcept;

  std::deque<Asked> asked_;
  std::array<std::atomic<std::uint64_t>, kFaultPoints> left_{};  // that have not hit
  std::array<std::atomic<std::uint64_t>, kFaultPoints> seen_{};
  std::uint64_t threads_spawned_ = 0;
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<const char*> phase_{""};
};

}  // namespace surisim::abi
