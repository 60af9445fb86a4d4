/* A fence orders the relaxed atomics next to it. In a separate file, because surisim looks for a
 * fence in the file of an atomic. */
#ifndef FENCES_H
#define FENCES_H

#include "edges.h"

static int behind_fence[2];
DOES(fence_right_a) {
  fence_right++;
  __atomic_thread_fence(__ATOMIC_RELEASE);
  __atomic_store_n(&behind_fence[0], 1, __ATOMIC_RELAXED);
  return unused;
}
DOES(fence_right_b) {
  while (__atomic_load_n(&behind_fence[0], __ATOMIC_RELAXED) == 0) {
  }
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  fence_right++;
  return unused;
}
DOES(fence_wrong_a) {
  __atomic_thread_fence(__ATOMIC_RELEASE);
  __atomic_store_n(&behind_fence[1], 1, __ATOMIC_RELAXED);
  fence_wrong++;
  return unused;
}
DOES(fence_wrong_b) {
  while (__atomic_load_n(&behind_fence[1], __ATOMIC_RELAXED) == 0) {
  }
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  fence_wrong++;
  return unused;
}

#endif
