// Like fences.h, with C++'s fence.
#pragma once

#include <atomic>

#include "edges.h"

static std::atomic<bool> behind_fence[2];
DOES(fence_right_a) {
  fence_right++;
  std::atomic_thread_fence(std::memory_order_release);
  behind_fence[0].store(true, std::memory_order_relaxed);
  return unused;
}
DOES(fence_right_b) {
  while (!behind_fence[0].load(std::memory_order_relaxed)) {
  }
  std::atomic_thread_fence(std::memory_order_acquire);
  fence_right++;
  return unused;
}
DOES(fence_wrong_a) {
  std::atomic_thread_fence(std::memory_order_release);
  behind_fence[1].store(true, std::memory_order_relaxed);
  fence_wrong++;
  return unused;
}
DOES(fence_wrong_b) {
  while (!behind_fence[1].load(std::memory_order_relaxed)) {
  }
  std::atomic_thread_fence(std::memory_order_acquire);
  fence_wrong++;
  return unused;
}
