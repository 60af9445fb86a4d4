/* Free follows a pointer that was never set. */
#include "twin.h"

typedef struct State {
  volatile int* counter;
} State;

static SCThreadStorageId slot;

static void FreeState(void* ptr) {
  State* state = ptr;
  *state->counter += 1;
  free(state);
}

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (strncmp(tv->name, "W#", 2) == 0) SCThreadSetStorageById(tv, slot, calloc(1, sizeof(State)));
}

static void Init(void) {
  slot = SCThreadStorageRegister("state", FreeState);
  if (slot.id >= 0) SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("crashes-in-free", Init)
