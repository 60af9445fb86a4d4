/* A flow slot that is only ever set to NULL. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, slot, NULL);
}

static void Init(void) {
  slot = SCFlowStorageRegister("always-null", free);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("slot-unused-flow-null", Init)
