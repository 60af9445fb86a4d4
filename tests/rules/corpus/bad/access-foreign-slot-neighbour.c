/* "My slots have ids 0 and 1", but only one was registered: the next is Suricata's. */
#include "twin.h"

static SCThreadStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  const SCThreadStorageId next = {slot.id + 1};
  CountOnThread(tv, slot);
  if (SCThreadGetStorageById(tv, next) != NULL) SCLogInfo("found something");
}

static void Init(void) {
  slot = SCThreadStorageRegister("packets", free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("neighbour-slot", Init)
