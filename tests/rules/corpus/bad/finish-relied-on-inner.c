/* Free frees the value, but relies on finish for the text that it owns. */
#include "twin.h"

typedef struct State {
  char* label;
} State;

static SCFlowStorageId slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  State* state = calloc(1, sizeof(*state));
  if (state == NULL) return;
  state->label = strdup("a text for this flow alone");
  SCFlowSetStorageById(f, slot, state);
}

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  State* state = SCFlowGetStorageById(f, slot);
  if (state == NULL) return;
  free(state->label);
  state->label = NULL;
}

static void Init(void) {
  slot = SCFlowStorageRegister("state", free);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
}

TWIN_PLUGIN("text-freed-in-finish", Init)
