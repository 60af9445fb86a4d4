/* A thread of the plugin frees what the flows leave. All of it is on its stack when the engine
 * ends, and freeing takes a while. */
#include <unistd.h>

#include "twin.h"

enum { MOST = 4096 };

static SCFlowStorageId flow_slot;
static SCThreadStorageId thread_slot;
static pthread_t helper;
static bool running;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static void* left[MOST];
static int count;
static bool stop;

static void* FreeAtTheEnd(void* unused) {
  void* mine[MOST];
  pthread_mutex_lock(&mutex);
  while (!stop) pthread_cond_wait(&changed, &mutex);
  const int mine_count = count;
  memcpy(mine, left, sizeof(mine));
  memset(left, 0, sizeof(left));
  pthread_mutex_unlock(&mutex);
  usleep(100000);
  for (int i = 0; i < mine_count; ++i) free(mine[i]);
  return NULL;
}

static void HandOver(void* value) {
  pthread_mutex_lock(&mutex);
  if (count < MOST && !stop)
    left[count++] = value;
  else
    free(value);
  pthread_mutex_unlock(&mutex);
}

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (!running) running = pthread_create(&helper, NULL, FreeAtTheEnd, NULL) == 0;
  SCThreadSetStorageById(tv, thread_slot, calloc(1, 16));
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, flow_slot, calloc(1, 24));
}

/* A packet thread's is freed when all flows have gone but those of the backstop. */
static void FreeThread(void* value) {
  free(value);
  pthread_mutex_lock(&mutex);
  stop = true;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&mutex);
}

__attribute__((destructor)) static void Unload(void) {
  if (!running) return;
  FreeThread(NULL);
  pthread_join(helper, NULL);
}

static void Init(void) {
  flow_slot = SCFlowStorageRegister("helper-is-slow", HandOver);
  thread_slot = SCThreadStorageRegister("helper-is-slow", FreeThread);
  if (flow_slot.id < 0 || thread_slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("helper-is-slow", Init)
