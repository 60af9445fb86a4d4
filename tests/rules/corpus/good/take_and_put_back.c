/* The value is out of its slot while it is worked on, and back before the callback returns. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, slot, calloc(1, sizeof(uint64_t)));
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  uint64_t* count = SCFlowGetStorageById(f, slot);
  if (count == NULL) return;
  SCFlowSetStorageById(f, slot, NULL);
  ++*count;
  SCFlowSetStorageById(f, slot, count);
}

static void Init(void) {
  slot = SCFlowStorageRegister("count", free);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("take-and-put-back", Init)
