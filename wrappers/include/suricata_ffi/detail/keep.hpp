// Memory that the host may read until the process ends: slot names and callbacks.
//
// When:    kept once the host has accepted a registration; there is no unregister (L8, L17).
// Owner:   the process. Never freed, always reachable, so leak checkers stay quiet.
// Threads: any.
// Source:  thread-callbacks.c and util-storage.c, facts L8 and L17.
#pragma once

#include <atomic>

#include "suricata_ffi/detail/config.hpp"

namespace suricata_ffi::detail {

struct Kept {
  Kept* next = nullptr;
};

// A hidden symbol: an exported inline variable would keep the plugin from ever being unloaded,
// also when the host rejects it (L39).
SURICATA_FFI_LOCAL inline std::atomic<Kept*> kept_head{nullptr};

inline void keep(Kept* kept) noexcept {
  kept->next = kept_head.load(std::memory_order_relaxed);
  while (!kept_head.compare_exchange_weak(kept->next, kept, std::memory_order_release,
                                          std::memory_order_relaxed)) {
  }
}

}  // namespace suricata_ffi::detail
