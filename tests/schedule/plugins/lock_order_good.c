/* Two locks, taken in the same order everywhere. */
#include <pthread.h>

#include "plugin.h"

static pthread_mutex_t flows_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t packets_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned flows, packets;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  pthread_mutex_lock(&flows_lock);
  pthread_mutex_lock(&packets_lock);
  flows++;
  pthread_mutex_unlock(&packets_lock);
  pthread_mutex_unlock(&flows_lock);
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  pthread_mutex_lock(&flows_lock);
  pthread_mutex_lock(&packets_lock);
  packets++;
  pthread_mutex_unlock(&packets_lock);
  pthread_mutex_unlock(&flows_lock);
}

static void Init(void) {
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

PLUGIN(Init)
