/* Reads the slot at every packet; the callback that would set it was never written. */
#include "twin.h"

static SCThreadStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  uint64_t* count = SCThreadGetStorageById(tv, slot);
  if (count != NULL) ++*count;
}

static void Init(void) {
  slot = SCThreadStorageRegister("count", free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("only-read", Init)
