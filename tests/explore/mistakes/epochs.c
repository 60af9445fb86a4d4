/* A reader enters an epoch only after it has read the pointer that the epoch protects. */
#include "plugin.h"

static int* _Atomic current;
static _Atomic int readers;

static void OnInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  int* const fresh = malloc(sizeof *fresh);
  *fresh = 7;
  int* const old = atomic_exchange(&current, fresh);
  while (atomic_load(&readers) != 0) sched_yield();
  if (old != NULL) *old = 0;
  free(old);
}

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
#ifdef FIXED
  atomic_fetch_add(&readers, 1);
  const int* const mine = atomic_load(&current);
#else
  const int* const mine = atomic_load(&current);
  atomic_fetch_add(&readers, 1);
#endif
  if (mine != NULL) require(*mine == 7);
  atomic_fetch_sub(&readers, 1);
}

static void Init(void) {
  SCFlowRegisterInitCallback(OnInit, NULL);
  SCFlowRegisterUpdateCallback(OnUpdate, NULL);
}

PLUGIN("epochs", Init)
