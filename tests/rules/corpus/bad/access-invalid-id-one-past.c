/* The number of slots is taken for the id of the last one. */
#include "twin.h"

static SCThreadStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  const SCThreadStorageId last = {(int)SCStorageGetCnt(STORAGE_THREAD)};
  CountOnThread(tv, slot);
  if (SCThreadGetStorageById(tv, last) != NULL) SCLogInfo("found something");
}

static void Init(void) {
  slot = SCThreadStorageRegister("packets", free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("one-past", Init)
