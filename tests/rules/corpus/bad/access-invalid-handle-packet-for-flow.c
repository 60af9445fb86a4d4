/* The packet is passed where the flow should be. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  const void* wrong = p;
  CountOnFlow(f, slot);
  if (SCFlowGetStorageById(wrong, slot) == NULL) SCLogDebug("nothing yet");
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("packet-for-flow", Init)
