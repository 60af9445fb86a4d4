/* "A slot needs no name, I have its id." */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  if (slot.id >= 0) CountOnFlow(f, slot);
}

static void Init(void) {
  slot = SCFlowStorageRegister("", free);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("empty-name", Init)
