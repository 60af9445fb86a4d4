/* Free puts values on a free list, new flows take them from there; memory is freed only at
 * unloading.
 */
#include "twin.h"

typedef struct State {
  struct State* next; /* on the free list */
  struct State* all;  /* of all that were ever made */
  uint64_t packets;
} State;

static SCFlowStorageId slot;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static State* unused;
static State* made;

static State* NewState(void) {
  pthread_mutex_lock(&mutex);
  State* state = unused;
  if (state != NULL) {
    unused = state->next;
  } else if ((state = calloc(1, sizeof(*state))) != NULL) {
    state->all = made;
    made = state;
  }
  pthread_mutex_unlock(&mutex);
  return state;
}

static void RecycleState(void* ptr) {
  State* state = ptr;
  pthread_mutex_lock(&mutex);
  state->packets = 0;
  state->next = unused;
  unused = state;
  pthread_mutex_unlock(&mutex);
}

__attribute__((destructor)) static void Unload(void) {
  while (made != NULL) {
    State* next = made->all;
    free(made);
    made = next;
  }
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  State* state = NewState();
  if (state != NULL && SCFlowSetStorageById(f, slot, state) != 0) RecycleState(state);
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  State* state = SCFlowGetStorageById(f, slot);
  if (state != NULL) state->packets++;
}

static void Init(void) {
  slot = SCFlowStorageRegister("state", RecycleState);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("pool-free-list", Init)
