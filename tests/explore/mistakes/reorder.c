/* Two fields that change together and are read together, under two locks. */
#include "plugin.h"

static _Atomic int a, b;
static pthread_mutex_t setters = PTHREAD_MUTEX_INITIALIZER;
#ifndef FIXED
static pthread_mutex_t checkers = PTHREAD_MUTEX_INITIALIZER;
#else
#define checkers setters
#endif

static void OnInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  pthread_mutex_lock(&setters);
  atomic_fetch_add(&a, 1);
  atomic_fetch_sub(&b, 1);
  pthread_mutex_unlock(&setters);
}

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  pthread_mutex_lock(&checkers);
  require(atomic_load(&a) + atomic_load(&b) == 0);
  pthread_mutex_unlock(&checkers);
}

static void Init(void) {
  SCFlowRegisterInitCallback(OnInit, NULL);
  SCFlowRegisterUpdateCallback(OnUpdate, NULL);
}

PLUGIN("reorder", Init)
