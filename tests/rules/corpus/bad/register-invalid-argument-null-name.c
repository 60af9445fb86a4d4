/* The name comes from the configuration, which has none. */
#include "twin.h"

static SCThreadStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  if (slot.id >= 0) CountOnThread(tv, slot);
}

static void Init(void) {
  const char* name = NULL;
  SCConfGet("my-plugin.slot-name", &name);
  slot = SCThreadStorageRegister(name, free);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("null-name", Init)
