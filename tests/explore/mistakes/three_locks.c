/* Three locks in a ring: each thread takes two of them. */
#include "plugin.h"

static pthread_mutex_t locks[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                   PTHREAD_MUTEX_INITIALIZER};
static _Atomic unsigned turns;

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  unsigned a = turns++ % 3;
  unsigned b = (a + 1) % 3;
#ifdef FIXED
  if (a > b) {
    const unsigned c = a;
    a = b;
    b = c;
  }
#endif
  pthread_mutex_lock(&locks[a]);
  pthread_mutex_lock(&locks[b]);
  pthread_mutex_unlock(&locks[b]);
  pthread_mutex_unlock(&locks[a]);
}

static void Init(void) { SCFlowRegisterUpdateCallback(OnUpdate, NULL); }

PLUGIN("three_locks", Init)
