/* Finish returns the value to a pool, which is freed with the last thread; Free does nothing. */
#include "twin.h"

typedef struct State {
  struct State* next;
  unsigned packets;
} State;

static SCFlowStorageId slot;
static SCThreadStorageId thread_slot;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static State* unused;
static unsigned users; /* threads */

static void FreeState(void* ptr) {} /* they are all in the pool */

static void LeavePool(void* ptr) {
  free(ptr);
  pthread_mutex_lock(&mutex);
  if (--users == 0) {
    while (unused != NULL) {
      State* next = unused->next;
      free(unused);
      unused = next;
    }
  }
  pthread_mutex_unlock(&mutex);
}

static void OnThreadInit(ThreadVars* tv, void* user) {
  void* mark = malloc(1);
  pthread_mutex_lock(&mutex);
  users++;
  pthread_mutex_unlock(&mutex);
  SCThreadSetStorageById(tv, thread_slot, mark);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  pthread_mutex_lock(&mutex);
  State* state = unused;
  if (state != NULL) unused = state->next;
  pthread_mutex_unlock(&mutex);
  if (state == NULL) state = calloc(1, sizeof(*state));
  SCFlowSetStorageById(f, slot, state);
}

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  State* state = SCFlowGetStorageById(f, slot);
  if (state == NULL) return;
  SCFlowSetStorageById(f, slot, NULL);
  pthread_mutex_lock(&mutex);
  state->next = unused;
  unused = state;
  pthread_mutex_unlock(&mutex);
}

static void Init(void) {
  slot = SCFlowStorageRegister("state", FreeState);
  thread_slot = SCThreadStorageRegister("pool", LeavePool);
  if (slot.id < 0 || thread_slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
}

TWIN_PLUGIN("pool-freed", Init)
