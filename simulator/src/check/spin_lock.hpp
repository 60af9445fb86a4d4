// A lock for a few instructions, which may be taken inside malloc.
#pragma once

#include <sched.h>

#include <atomic>

namespace surisim::check {

class SpinLock {
 public:
  void lock() noexcept {
    // Whoever holds it for longer than that has lost its processor, perhaps to this thread.
    constexpr int kPatience = 64;
    for (int looks = 0; taken_.exchange(true, std::memory_order_acquire);) {
      for (; taken_.load(std::memory_order_relaxed); ++looks) {
        if (looks < kPatience) {
          __builtin_ia32_pause();
        } else {
          sched_yield();
        }
      }
    }
  }
  void unlock() noexcept { taken_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> taken_{false};
};

}  // namespace surisim::check
