/* Emptying an empty slot, freeing an empty slot and reading an empty flow slot are no mistakes. */
#include "twin.h"

static SCFlowStorageId slot;
static SCThreadStorageId thread_slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, slot, NULL);
  SCFlowFreeStorageById(f, slot);
  SCThreadFreeStorageById(tv, thread_slot);
  SCThreadSetStorageById(tv, thread_slot, NULL);
  SCThreadSetStorageById(tv, thread_slot, calloc(1, 8));
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  if (SCFlowGetStorageById(f, slot) == NULL && f->todstpktcnt > 2)
    SCFlowSetStorageById(f, slot, calloc(1, 8));
}

static void Init(void) {
  slot = SCFlowStorageRegister("sometimes", free);
  thread_slot = SCThreadStorageRegister("often", free);
  if (slot.id < 0 || thread_slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("null-and-empty", Init)
