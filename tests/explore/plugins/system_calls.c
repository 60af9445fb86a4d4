/* A lock that waits and wakes with inline system calls, and counters that it protects. */
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "flow-callbacks.h"
#include "suricata-plugin.h"

static atomic_int lock; /* 0: free, 1: taken, 2: taken, and a thread may be waiting */
static uint64_t packets;

static long Call(long number, void* a, long b, long c) {
  register long no_timeout __asm__("r10") = 0;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(no_timeout)
                   : "rcx", "r11", "memory");
  return result;
}

static void Lock(void) {
  int free = 0;
  if (atomic_compare_exchange_strong(&lock, &free, 1)) return;
  while (atomic_exchange(&lock, 2) != 0) Call(SYS_futex, &lock, FUTEX_WAIT_PRIVATE, 2);
}

static void Unlock(void) {
  if (atomic_exchange(&lock, 0) == 2) Call(SYS_futex, &lock, FUTEX_WAKE_PRIVATE, 1);
}

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  Lock();
  packets++;
  Call(SYS_sched_yield, NULL, 0, 0);
#ifdef FORGETS
  if (packets != 7)
#endif
    Unlock();
#ifdef ASKS
  if (Call(SYS_getppid, NULL, 0, 0) <= 0) abort();
#endif
}

static void Init(void) { SCFlowRegisterUpdateCallback(OnUpdate, NULL); }

static SCPlugin plugin = {
    .version = SC_API_VERSION,
    .suricata_version = SC_PACKAGE_VERSION,
    .name = "system-calls",
    .plugin_version = "1.0.0",
    .license = "MIT",
    .author = "the surisim authors",
    .Init = Init,
};

SCPlugin* SCPluginRegister(void);
SCPlugin* SCPluginRegister(void) { return &plugin; }
