/* A name that belongs to a value is changed after the value's Free has freed both. */
#include "twin.h"

typedef struct State {
  char* name;
} State;

static SCFlowStorageId slot;

static void FreeState(void* value) {
  State* state = (State*)value;
  free(state->name);
  free(state);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  State* state = (State*)calloc(1, sizeof(*state));
  if (state == NULL) return;
  state->name = (char*)calloc(1, 40);
  if (SCFlowSetStorageById(f, slot, state) != 0) FreeState(state);
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  State* state = (State*)SCFlowGetStorageById(f, slot);
  if (state == NULL || state->name == NULL) return;
  char* name = state->name;
  SCFlowFreeStorageById(f, slot);
  name[39] = 'x';
}

static void Init(void) {
  slot = SCFlowStorageRegister("named", FreeState);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("named", Init)
