/* The value has a pointer to its ThreadVars, used on its own thread. */
#include "twin.h"

typedef struct State {
  ThreadVars* tv;
  uint64_t flows;
} State;

static SCThreadStorageId slot;
static SCThreadStorageId extra;

static void CountExtra(State* state) { CountOnThread(state->tv, extra); }

static void OnThreadInit(ThreadVars* tv, void* user) {
  State* state = calloc(1, sizeof(*state));
  if (state == NULL) return;
  state->tv = tv;
  SCThreadSetStorageById(tv, slot, state);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  State* state = SCThreadGetStorageById(tv, slot);
  if (state != NULL) CountExtra(state);
}

static void Init(void) {
  slot = SCThreadStorageRegister("state", free);
  extra = SCThreadStorageRegister("extra", free);
  if (slot.id < 0 || extra.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("kept-threadvars", Init)
