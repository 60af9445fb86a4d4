/* A sequence lock whose reader does not check the number again. */
#include "plugin.h"

static _Atomic unsigned number;
static _Atomic int one, two;
static pthread_mutex_t writers = PTHREAD_MUTEX_INITIALIZER;

static void OnInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  pthread_mutex_lock(&writers);
  atomic_fetch_add(&number, 1);
  const int next = atomic_load(&one) + 1;
  atomic_store(&one, next);
  atomic_store(&two, next);
  atomic_fetch_add(&number, 1);
  pthread_mutex_unlock(&writers);
}

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  for (;;) {
    const unsigned before = atomic_load(&number);
    const int a = atomic_load(&one);
    const int b = atomic_load(&two);
    if (before % 2 != 0) continue;
#ifdef FIXED
    if (atomic_load(&number) != before) continue;
#endif
    require(a == b);
    return;
  }
}

static void Init(void) {
  SCFlowRegisterInitCallback(OnInit, NULL);
  SCFlowRegisterUpdateCallback(OnUpdate, NULL);
}

PLUGIN("sequence", Init)
