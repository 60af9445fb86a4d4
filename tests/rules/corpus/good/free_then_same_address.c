/* The old value is freed first: malloc then often returns the same address for the new one. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  free(SCFlowGetStorageById(f, slot));
  uint64_t* fresh = calloc(1, sizeof(*fresh));
  SCFlowSetStorageById(f, slot, fresh);
}

static void Init(void) {
  slot = SCFlowStorageRegister("fresh", free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("free-then-same-address", Init)
