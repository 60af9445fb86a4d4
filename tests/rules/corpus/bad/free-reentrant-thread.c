/* A thread's Free reads the thread's other slot, for a last log message. */
#include "twin.h"

typedef struct State {
  const ThreadVars* tv;
} State;

static SCThreadStorageId state_slot;
static SCThreadStorageId count_slot;

static void FreeState(void* ptr) {
  State* state = ptr;
  const uint64_t* count = SCThreadGetStorageById(state->tv, count_slot);
  if (count != NULL && *count > 0) SCLogInfo("%s counted", state->tv->name);
  free(state);
}

static void OnThreadInit(ThreadVars* tv, void* user) {
  State* state = calloc(1, sizeof(*state));
  if (state == NULL) return;
  state->tv = tv;
  SCThreadSetStorageById(tv, state_slot, state);
  CountOnThread(tv, count_slot);
}

static void Init(void) {
  state_slot = SCThreadStorageRegister("state", FreeState);
  count_slot = SCThreadStorageRegister("count", free);
  if (state_slot.id >= 0 && count_slot.id >= 0) SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("looks-in-free", Init)
