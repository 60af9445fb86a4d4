/* A flow slot that every packet reads, but that is never set. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  uint64_t* packets = SCFlowGetStorageById(f, slot);
  if (packets != NULL) ++*packets;
}

static void Init(void) {
  slot = SCFlowStorageRegister("read-only", free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("slot-unused-flow-read", Init)
