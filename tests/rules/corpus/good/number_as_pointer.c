/* The value is a number cast to a pointer: nothing is allocated or freed. */
#include "twin.h"

static SCFlowStorageId slot;

static void FreeNothing(void* number) {}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  const uintptr_t packets = (uintptr_t)SCFlowGetStorageById(f, slot);
  SCFlowSetStorageById(f, slot, (void*)(packets + 1));
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", FreeNothing);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("number-as-pointer", Init)
