// Detects callbacks that overwrite fields of their ThreadVars, Flow or Packet which plugins must
// not change. Fields that other threads change are not compared, nor those that plugins may change:
// some flags, variables, storage.
//
// When:    around the callbacks of one list, with checks on.
// Owner:   the caller owns the objects, which outlive this.
// Threads: the one that runs the callbacks.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>
#include <suricata/threadvars.h>

#include <cstddef>
#include <cstdint>

namespace surisim::abi {

// Counts down the lists of callbacks that this thread runs, to the next one that is checked.
inline thread_local std::uint32_t until_check __attribute__((tls_model("initial-exec"))) = 1;

class HostFields {
 public:
  // Copies the objects. NULL: there is none.
  HostFields(ThreadVars* tv, Flow* flow, Packet* packet) noexcept;
  HostFields(const HostFields&) = delete;
  HostFields& operator=(const HostFields&) = delete;

  // Call it after each callback: reports what it has overwritten to the observer, and restores it.
  void check() noexcept {
    if (tv_ != nullptr && is_changed()) [[unlikely]]
      restore();
  }

  // Whether to check the callbacks that this thread runs next: the first ones, and then some at
  // random, because the copies cost more than most callbacks.
  static bool is_checked_now() noexcept {
    if (--until_check != 0) [[likely]]
      return false;
    until_check = next_interval();
    return true;
  }

 private:
  [[gnu::noinline]] static std::uint32_t next_interval() noexcept;
  bool is_changed() const noexcept;
  [[gnu::noinline]] void restore() noexcept;

  ThreadVars* tv_;
  Flow* flow_;
  Packet* packet_;
  // Enough for the objects up to their storage, in any version.
  static constexpr std::size_t kLargest = 320;
  alignas(ThreadVars) unsigned char tv_before_[kLargest];
  alignas(Flow) unsigned char flow_before_[kLargest];
  alignas(Packet) unsigned char packet_before_[sizeof(Packet)];
};

}  // namespace surisim::abi
