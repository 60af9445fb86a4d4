/* FreeById empties the slot, then a new value goes in. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  SCFlowFreeStorageById(f, slot); /* also on the first packet, when the slot is empty */
  SCFlowSetStorageById(f, slot, calloc(1, 16));
}

static void Init(void) {
  slot = SCFlowStorageRegister("fresh", free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("free-by-id-then-set", Init)
