/* The worker creates its value when its first flow starts. */
#include "twin.h"

static SCThreadStorageId slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnThread(tv, slot);
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  uint64_t* count = SCThreadGetStorageById(tv, slot);
  if (count != NULL) ++*count;
}

static void Init(void) {
  slot = SCThreadStorageRegister("count", free);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("lazy-thread-value", Init)
