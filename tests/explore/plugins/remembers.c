/* Takes locks depending on each kind of variable that it has: a run that found the variables as
 * another run left them would have another order. */
#include <pthread.h>
#include <stdlib.h>

#include "plugin.h"

#define TIMES 40

static int set = TIMES;
static int unset;
static __thread int of_thread = TIMES;
static __thread int unset_of_thread;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int* on_heap;

static void Touch(int times) {
  for (int i = 0; i < times; i++) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
  }
}

static void Once(void) {
  Touch(3);
  on_heap = calloc(1, sizeof *on_heap);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  pthread_once(&once, Once);
  pthread_mutex_lock(&lock);
  const int more = set-- > 0 && unset++ < TIMES && (*on_heap)++ < TIMES;
  pthread_mutex_unlock(&lock);
  Touch(more ? 2 : 1);
}

static void Init(void) {
  Touch(of_thread-- == TIMES ? 2 : 1);
  Touch(unset_of_thread++ == 0 ? 2 : 1);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

PLUGIN(Init)
