/* exit(0) from a thread's Free. */
#include "twin.h"

static SCThreadStorageId slot;

static void FreeAndExit(void* value) {
  free(value);
  exit(0);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnThread(tv, slot);
}

static void Init(void) {
  slot = SCThreadStorageRegister("count", FreeAndExit);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("exit-in-free", Init)
