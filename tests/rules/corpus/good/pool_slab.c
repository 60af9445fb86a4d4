/* Values are parts of one big block that is allocated in Init and freed at unloading. */
#include "twin.h"

enum { kPlaces = 4096 };

typedef struct State {
  int32_t next;
  uint32_t packets;
} State;

static SCFlowStorageId slot;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static State* slab;
static int32_t unused;

static void GiveBack(void* ptr) {
  State* state = ptr;
  pthread_mutex_lock(&mutex);
  state->packets = 0;
  state->next = unused;
  unused = (int32_t)(state - slab);
  pthread_mutex_unlock(&mutex);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  State* state = NULL;
  pthread_mutex_lock(&mutex);
  if (unused >= 0) {
    state = &slab[unused];
    unused = state->next;
  }
  pthread_mutex_unlock(&mutex);
  if (state != NULL) SCFlowSetStorageById(f, slot, state);
}

__attribute__((destructor)) static void Unload(void) { free(slab); }

static void Init(void) {
  slot = SCFlowStorageRegister("state", GiveBack);
  slab = calloc(kPlaces, sizeof(*slab));
  if (slot.id < 0 || slab == NULL) return;
  for (int32_t i = 0; i < kPlaces; ++i) slab[i].next = i + 1 < kPlaces ? i + 1 : -1;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("pool-slab", Init)
