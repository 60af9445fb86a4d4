/* What was read under a shared lock is assumed to be still true under the exclusive lock. */
#include "plugin.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int made;

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  pthread_rwlock_rdlock(&lock);
  const bool missing = made == 0;
  pthread_rwlock_unlock(&lock);
  if (!missing) return;
  pthread_rwlock_wrlock(&lock);
#ifdef FIXED
  if (made == 0)
#endif
    made++;
  require(made == 1);
  pthread_rwlock_unlock(&lock);
}

static void Init(void) { SCFlowRegisterUpdateCallback(OnUpdate, NULL); }

PLUGIN("lock_upgrade", Init)
