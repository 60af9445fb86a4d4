/* Free frees the value, but not the text that the value owns. */
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

static void Init(void) {
  slot = SCFlowStorageRegister("state", free);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("inner-buffer", Init)
