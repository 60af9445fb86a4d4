/* realloc enlarges and may move the value, but the slot is not updated. */
#include "twin.h"

static SCFlowStorageId slot;
static SCFlowStorageId grown;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, slot, calloc(1, 16));
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  if (SCFlowGetStorageById(f, grown) != NULL) return;
  void* larger = realloc(SCFlowGetStorageById(f, slot), 100000);
  SCFlowSetStorageById(f, grown, larger);
}

static void Init(void) {
  slot = SCFlowStorageRegister("state", free);
  grown = SCFlowStorageRegister("grown", free);
  if (slot.id < 0 || grown.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("moved-by-realloc", Init)
