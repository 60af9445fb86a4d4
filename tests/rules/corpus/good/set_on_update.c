/* The flow's value is created by the packet that needs it, and later set to the same pointer again.
 */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  uint64_t* count = SCFlowGetStorageById(f, slot);
  if (count == NULL) count = calloc(1, sizeof(*count));
  if (count != NULL) ++*count;
  SCFlowSetStorageById(f, slot, count);
}

static void Init(void) {
  slot = SCFlowStorageRegister("count", free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("set-on-update", Init)
