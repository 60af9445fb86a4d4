/* The slot has a Free because one is required; it does nothing, although the values are on the
 * heap. */
#include "twin.h"

static SCFlowStorageId slot;

static void FreeNothing(void* value) {}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnFlow(f, slot);
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", FreeNothing);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("free-does-nothing", Init)
