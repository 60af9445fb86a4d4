/* The name is on the heap, and freed once the slot is registered. */
#include "twin.h"

static SCThreadStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  CountOnThread(tv, slot);
}

static void Init(void) {
  char* name = NULL;
  if (asprintf(&name, "packets of the plugin, version %d", 2) < 0) return;
  slot = SCThreadStorageRegister(name, free);
  free(name);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("name-freed", Init)
