/* The slot is set twice in one callback: first with a default, then with the real value. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, slot, strdup("unknown"));
  if (f->proto == IPPROTO_TCP) SCFlowSetStorageById(f, slot, strdup("tcp"));
}

static void Init(void) {
  slot = SCFlowStorageRegister("label", free);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("overwritten-at-once", Init)
