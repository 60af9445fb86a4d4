/* Registered too late, but used. */
#include "twin.h"

static SCThreadStorageId slot;
static bool registered;

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (!registered) slot = SCThreadStorageRegister("flows", free);
  registered = true;
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  uint64_t* count = SCThreadGetStorageById(tv, slot);
  if (count != NULL) ++*count;
}

static void Init(void) {
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("late-slot-used", Init)
