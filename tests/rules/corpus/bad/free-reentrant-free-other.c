/* A flow's Free frees the flow's other slot as well, "so that nothing is left". */
#include "twin.h"

typedef struct State {
  Flow* f;
} State;

static SCFlowStorageId state_slot;
static SCFlowStorageId count_slot;

static void FreeState(void* ptr) {
  State* state = ptr;
  SCFlowFreeStorageById(state->f, count_slot);
  free(state);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  State* state = calloc(1, sizeof(*state));
  if (state == NULL) return;
  state->f = f;
  SCFlowSetStorageById(f, state_slot, state);
  CountOnFlow(f, count_slot);
}

static void Init(void) {
  state_slot = SCFlowStorageRegister("state", FreeState);
  count_slot = SCFlowStorageRegister("count", free);
  if (state_slot.id >= 0 && count_slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("frees-in-free", Init)
