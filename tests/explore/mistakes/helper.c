/* The plugin's own thread adds up what workers count. */
#include "plugin.h"

#ifdef FIXED
static _Atomic uint64_t counted, seen;
#else
static uint64_t counted, seen;
#endif
static pthread_t thread;
static bool runs;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stop = PTHREAD_COND_INITIALIZER;
static bool stopped;

static void* AddUp(void* given) {
  pthread_mutex_lock(&lock);
  while (!stopped) {
    seen = counted;
    const struct timespec until = {.tv_sec = 2000000000};
    pthread_cond_timedwait(&stop, &lock, &until);
  }
  pthread_mutex_unlock(&lock);
  return NULL;
}

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (!runs) runs = pthread_create(&thread, NULL, AddUp, NULL) == 0;
}

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) { counted++; }

__attribute__((destructor)) static void Stop(void) {
  if (!runs) return;
  pthread_mutex_lock(&lock);
  stopped = true;
  pthread_cond_signal(&stop);
  pthread_mutex_unlock(&lock);
  pthread_join(thread, NULL);
}

static void Init(void) {
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterUpdateCallback(OnUpdate, NULL);
}

PLUGIN("helper", Init)
