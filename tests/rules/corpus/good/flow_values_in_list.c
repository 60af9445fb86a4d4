/* All flows' values are in a list with a lock, so that any callback may read all of them. */
#include "twin.h"

typedef struct State {
  TAILQ_ENTRY(State) entries;
  uint64_t packets;
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
  pthread_mutex_lock(&mutex);
  TAILQ_INSERT_TAIL(&all, state, entries);
  pthread_mutex_unlock(&mutex);
  SCFlowSetStorageById(f, slot, state);
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  pthread_mutex_lock(&mutex);
  State* oldest = TAILQ_FIRST(&all);
  if (oldest != NULL) oldest->packets++;
  pthread_mutex_unlock(&mutex);
}

static void Init(void) {
  slot = SCFlowStorageRegister("state", FreeState);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("flow-values-in-list", Init)
