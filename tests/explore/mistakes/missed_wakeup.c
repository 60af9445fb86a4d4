/* A thread checks whether it has to wait, and then waits: it may be woken in between. */
#include "plugin.h"

static pthread_t thread;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static _Atomic bool ready, runs;
static _Atomic int packets;

static void* Wait(void* given) {
#ifdef FIXED
  pthread_mutex_lock(&lock);
  while (!atomic_load(&ready)) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
#else
  if (!atomic_load(&ready)) {
    pthread_mutex_lock(&lock);
    pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
  }
#endif
  return NULL;
}

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (!atomic_exchange(&runs, true)) pthread_create(&thread, NULL, Wait, NULL);
}

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  if (atomic_fetch_add(&packets, 1) != 5) return;
  pthread_mutex_lock(&lock);
  atomic_store(&ready, true);
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&lock);
}

__attribute__((destructor)) static void Stop(void) {
  if (atomic_load(&ready)) pthread_join(thread, NULL);
}

static void Init(void) {
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterUpdateCallback(OnUpdate, NULL);
}

PLUGIN("missed_wakeup", Init)
