/* Of many setters and one checker, the checker has to see exactly the middle of one setter. */
#include "plugin.h"

static _Atomic int a, b;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void OnInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
#ifdef FIXED
  pthread_mutex_lock(&lock);
#endif
  atomic_store(&a, 1);
  atomic_store(&b, -1);
#ifdef FIXED
  pthread_mutex_unlock(&lock);
#endif
}

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  pthread_mutex_lock(&lock);
  const int one = atomic_load(&a);
  const int two = atomic_load(&b);
  pthread_mutex_unlock(&lock);
  require((one == 0 && two == 0) || (one == 1 && two == -1));
}

static void Init(void) {
  SCFlowRegisterInitCallback(OnInit, NULL);
  SCFlowRegisterUpdateCallback(OnUpdate, NULL);
}

PLUGIN("reorder", Init)
