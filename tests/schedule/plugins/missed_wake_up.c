/* The plugin's own thread processes flows. It checks whether there is one before it takes the
 * lock, so it may miss a signal sent in between; the callback waits until its flow is processed. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "plugin.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static atomic_uint waiting;
static atomic_bool started;

static void* Handle(void* unused) {
  for (;;) {
    if (atomic_load(&waiting) == 0) {
      pthread_mutex_lock(&lock);
      pthread_cond_wait(&changed, &lock); /* without checking again */
      pthread_mutex_unlock(&lock);
    }
    pthread_mutex_lock(&lock);
    if (atomic_load(&waiting) > 0) atomic_fetch_sub(&waiting, 1);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
  }
  return unused;
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  pthread_mutex_lock(&lock);
  if (!atomic_exchange(&started, true)) {
    pthread_t handler;
    pthread_create(&handler, NULL, Handle, NULL);
    pthread_detach(handler);
  }
  atomic_fetch_add(&waiting, 1);
  pthread_cond_broadcast(&changed);
  while (atomic_load(&waiting) > 0) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
}

static void Init(void) { SCFlowRegisterInitCallback(OnFlowInit, NULL); }

PLUGIN(Init)
