/* The last of two users frees: each decrements the count and then reads it, in two steps. */
#include "plugin.h"

typedef struct {
  _Atomic int users;
  _Atomic int freed;
} Shared;
static Shared shared = {.users = 1};

static void OnInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  atomic_fetch_add(&shared.users, 1);
}

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  atomic_fetch_add(&shared.users, 1);
#ifdef FIXED
  const int left = atomic_fetch_sub(&shared.users, 1) - 1;
#else
  const int left = atomic_load(&shared.users) - 1;
  atomic_store(&shared.users, left);
#endif
  require(left >= 1);
}

static void OnFinish(ThreadVars* tv, Flow* f, void* user) {
  require(atomic_fetch_sub(&shared.users, 1) >= 2);
}

static void Init(void) {
  SCFlowRegisterInitCallback(OnInit, NULL);
  SCFlowRegisterUpdateCallback(OnUpdate, NULL);
  SCFlowRegisterFinishCallback(OnFinish, NULL);
}

PLUGIN("refcount", Init)
