/* Readers and writers take two different locks. */
#include "plugin.h"

static pthread_mutex_t flows_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t packets_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t low, high;

static void OnInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  pthread_mutex_lock(&flows_lock);
  low++;
  high++;
  pthread_mutex_unlock(&flows_lock);
}

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
#ifdef FIXED
  pthread_mutex_t* const lock = &flows_lock;
#else
  pthread_mutex_t* const lock = &packets_lock;
#endif
  pthread_mutex_lock(lock);
  require(low == high);
  pthread_mutex_unlock(lock);
}

static void Init(void) {
  (void)packets_lock;
  SCFlowRegisterInitCallback(OnInit, NULL);
  SCFlowRegisterUpdateCallback(OnUpdate, NULL);
}

PLUGIN("wrong_lock", Init)
