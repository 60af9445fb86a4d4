/* "I free the slot before its first use: who knows what is in there." */
#include "twin.h"

static SCFlowStorageId slot;
static Storage storage[64];

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnFlow(f, slot);
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", free);
  if (slot.id < 0) return;
  SCStorageFreeById(storage, STORAGE_FLOW, slot.id);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("free-before-finalize", Init)
