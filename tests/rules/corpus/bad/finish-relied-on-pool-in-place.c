/* Finish returns the value to a pool and leaves it in the slot, whose Free does nothing. */
#include "twin.h"

typedef struct State {
  struct State* next;
  unsigned packets;
} State;

static SCFlowStorageId slot;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static State* unused;

static void FreeState(void* ptr) {} /* they are all in the pool */

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
  pthread_mutex_lock(&mutex);
  state->next = unused;
  unused = state;
  pthread_mutex_unlock(&mutex);
}

static void Init(void) {
  slot = SCFlowStorageRegister("state", FreeState);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
}

TWIN_PLUGIN("pool-in-place", Init)
