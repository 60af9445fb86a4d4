/* A value that owns a name and an array that grows; Free frees all three. */
#include "twin.h"

typedef struct State {
  char* name;
  uint8_t* protos;
  size_t count;
} State;

static SCFlowStorageId slot;

static void FreeState(void* ptr) {
  State* state = ptr;
  free(state->name);
  free(state->protos);
  free(state);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  State* state = calloc(1, sizeof(*state));
  if (state == NULL) return;
  state->name = strdup(tv->name);
  SCFlowSetStorageById(f, slot, state);
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  State* state = SCFlowGetStorageById(f, slot);
  if (state == NULL) return;
  uint8_t* grown = realloc(state->protos, state->count + 1);
  if (grown == NULL) return;
  state->protos = grown;
  state->protos[state->count++] = p->proto;
}

static void Init(void) {
  slot = SCFlowStorageRegister("state", FreeState);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("inner-buffers", Init)
