/* The thread init callback reads the value, which is set only by the first flow. */
#include "twin.h"

static SCThreadStorageId slot;

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (SCThreadGetStorageById(tv, slot) != NULL) SCLogInfo("%s has counters", tv->name);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnThread(tv, slot);
}

static void Init(void) {
  slot = SCThreadStorageRegister("counters", free);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("read-before-set", Init)
