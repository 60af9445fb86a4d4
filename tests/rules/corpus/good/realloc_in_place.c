/* The value shrinks; the slot is set again only if realloc moved it. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, slot, calloc(1, 256));
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  void* value = SCFlowGetStorageById(f, slot);
  const uintptr_t before = (uintptr_t)value;
  if (value == NULL) return;
  void* smaller = realloc(value, 64);
  if (smaller != NULL && (uintptr_t)smaller != before) SCFlowSetStorageById(f, slot, smaller);
}

static void Init(void) {
  slot = SCFlowStorageRegister("shrinks", free);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("realloc-in-place", Init)
