/* A list of the last flows' names points into memory that belongs to their values. */
#include "twin.h"

typedef struct State {
  char* name;
} State;

static SCFlowStorageId slot;
static __thread char* names[64];
static __thread unsigned next;

static void FreeState(void* value) {
  State* state = (State*)value;
  free(state->name);
  free(state);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  State* state = (State*)calloc(1, sizeof(*state));
  if (state == NULL) return;
  state->name = (char*)calloc(1, 40);
  names[next++ % 64] = state->name;
  if (SCFlowSetStorageById(f, slot, state) != 0) FreeState(state);
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  for (unsigned i = 0; i < 64; ++i)
    if (names[i] != NULL) names[i][39] = 'x';
}

static void Init(void) {
  slot = SCFlowStorageRegister("named", FreeState);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("named", Init)
