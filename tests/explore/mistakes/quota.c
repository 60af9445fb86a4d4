/* Workers spend from one quota: each checks whether something is left, and then takes it. */
#include "plugin.h"

static _Atomic int left = 5;

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
#ifdef FIXED
  int now = atomic_load(&left);
  while (now > 0 && !atomic_compare_exchange_weak(&left, &now, now - 1)) {
  }
#else
  if (atomic_load(&left) > 0) require(atomic_fetch_sub(&left, 1) > 0);
#endif
}

static void Init(void) { SCFlowRegisterUpdateCallback(OnUpdate, NULL); }

PLUGIN("quota", Init)
