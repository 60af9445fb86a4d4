/* A thread of the plugin, started by the first flow, registers the update callback. */
#include <pthread.h>
#include <stdatomic.h>

#include "twin.h"

static atomic_flag started = ATOMIC_FLAG_INIT;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {}

static void* Register(void* unused) {
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
  return unused;
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  pthread_t helper;
  if (atomic_flag_test_and_set(&started)) return;
  if (pthread_create(&helper, NULL, Register, NULL) == 0) pthread_join(helper, NULL);
}

static void Init(void) { SCFlowRegisterInitCallback(OnFlowInit, NULL); }

TWIN_PLUGIN("late-own-thread", Init)
