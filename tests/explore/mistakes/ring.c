/* A ring accepts one entry more than it has room for: the check and the store are two steps. */
#include "plugin.h"

enum { kRoom = 4 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int used;

static void Add(void) {
  pthread_mutex_lock(&lock);
  const bool fits = used < kRoom;
#ifdef FIXED
  if (fits) used++;
  pthread_mutex_unlock(&lock);
#else
  pthread_mutex_unlock(&lock);
  if (!fits) return;
  pthread_mutex_lock(&lock);
  used++;
  require(used <= kRoom);
  pthread_mutex_unlock(&lock);
#endif
}

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) { Add(); }

static void Init(void) { SCFlowRegisterUpdateCallback(OnUpdate, NULL); }

PLUGIN("ring", Init)
