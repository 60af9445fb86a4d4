/* A thread slot's id, used on the flow: there, 0 is Suricata's. */
#include "twin.h"

static SCThreadStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  const SCFlowStorageId wrong = {slot.id};
  CountOnThread(tv, slot);
  if (SCFlowGetStorageById(f, wrong) != NULL) SCLogInfo("found something");
}

static void Init(void) {
  slot = SCThreadStorageRegister("packets", free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("thread-id-on-flow", Init)
