/* A list of all flows; each packet looks at the oldest flow's value, wherever that flow is. */
#include "twin.h"

typedef struct State {
  TAILQ_ENTRY(State) entries;
  Flow* f;
} State;

static SCFlowStorageId slot;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static TAILQ_HEAD(, State) all = TAILQ_HEAD_INITIALIZER(all);

static void FreeState(void* ptr) {
  State* state = ptr;
  pthread_mutex_lock(&mutex);
  TAILQ_REMOVE(&all, state, entries);
  pthread_mutex_unlock(&mutex);
  free(state);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  State* state = calloc(1, sizeof(*state));
  if (state == NULL) return;
  state->f = f;
  pthread_mutex_lock(&mutex);
  TAILQ_INSERT_TAIL(&all, state, entries);
  pthread_mutex_unlock(&mutex);
  SCFlowSetStorageById(f, slot, state);
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  pthread_mutex_lock(&mutex);
  const State* oldest = TAILQ_FIRST(&all);
  if (oldest != NULL && SCFlowGetStorageById(oldest->f, slot) == NULL) SCLogInfo("no state");
  pthread_mutex_unlock(&mutex);
}

static void Init(void) {
  slot = SCFlowStorageRegister("state", FreeState);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("list-of-flows", Init)
