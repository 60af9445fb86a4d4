// Fault injection: counts how often each fault point is passed, makes the requested faults hit, and
// notes where they did.
//
// When:    at each fault point during a run; without a Faults object nothing fails.
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

// The places in C functions where a fault can hit: they have the names of the faults, from
// plugin_alloc on.
using FaultPoint = Fault::Kind;
inline constexpr std::size_t kFaultKinds = static_cast<std::size_t>(Fault::Kind::value_set) + 1;

// Decides what fails. Called on any thread, inside malloc too: must neither wait nor allocate.
class FaultInjector {
 public:
  virtual ~FaultInjector() = default;
  // `name`: the slot's, or what the memory is for. `caller`: the plugin's call, or NULL.
  virtual bool fails(FaultPoint point, const char* name, const void* caller) noexcept = 0;
};

// NULL: nothing fails.
inline std::atomic<FaultInjector*> g_faults{nullptr};

inline bool fails(FaultPoint point, const char* name, const void* caller) noexcept {
  FaultInjector* const injector = g_faults.load(std::memory_order_acquire);
  return injector != nullptr && injector->fails(point, name, caller);
}

// Above 0: the plugin's allocations on this thread do not fail.
inline thread_local int unfailing_depth __attribute__((tls_model("initial-exec"))) = 0;

// Within this scope the thread allocates for a plugin's call that has already been decided to
// succeed.
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
  // True if this thread must fail in this way now. [creator]
  bool fails(Fault::Kind kind, const std::string& thread);
  // True if such a fault was requested; this does not count as a hit. [any thread]
  bool asked(Fault::Kind kind) const;
  // How many have hit so far. [any thread]
  std::uint64_t hits() const { return hits_.load(std::memory_order_relaxed); }
  std::vector<FaultSummary> summary() const;

  bool fails(FaultPoint point, const char* name, const void* caller) noexcept override;

 private:
  // Written by the thread that the fault hits, perhaps inside malloc: so its size is fixed.
  struct Asked {
    explicit Asked(const Fault& of) : fault(of) {}
    const Fault fault;
    std::atomic<bool> hit{false};   // the members below are set
    std::array<char, 16> thread{};  // OS thread
    std::array<char, 64> what{};
    const char* phase = "";
    JournalCallback callback = JournalCallback::none;
    const void* caller = nullptr;
  };
  void hit(Asked& asked, const char* what, const void* caller) noexcept;

  std::deque<Asked> asked_;
  std::array<std::atomic<std::uint64_t>, kFaultKinds> left_{};  // faults that have not hit yet
  std::array<std::atomic<std::uint64_t>, kFaultKinds> seen_{};
  std::uint64_t threads_spawned_ = 0;
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<const char*> phase_{""};
};

}  // namespace surisim::abi
