/* The thread's value is freed and created again every few flows. */
#include "twin.h"

static SCThreadStorageId slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  const uint64_t* count = SCThreadGetStorageById(tv, slot);
  if (count != NULL && *count == 5) SCThreadFreeStorageById(tv, slot);
  CountOnThread(tv, slot);
}

static void Init(void) {
  slot = SCThreadStorageRegister("count", free);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("reset-thread-value", Init)
