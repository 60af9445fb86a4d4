/* Finish takes the value out for the next flow to use; where no finish comes, Free does the same.
 */
#include "twin.h"

typedef struct State {
  struct State* next;
} State;

static SCFlowStorageId slot;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static State* unused;

static void Recycle(void* ptr) {
  State* state = ptr;
  pthread_mutex_lock(&mutex);
  state->next = unused;
  unused = state;
  pthread_mutex_unlock(&mutex);
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
  Recycle(state);
}

__attribute__((destructor)) static void Unload(void) {
  while (unused != NULL) {
    State* next = unused->next;
    free(unused);
    unused = next;
  }
}

static void Init(void) {
  slot = SCFlowStorageRegister("state", Recycle);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
}

TWIN_PLUGIN("finish-recycles", Init)
