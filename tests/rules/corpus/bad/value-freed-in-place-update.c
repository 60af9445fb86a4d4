/* After two packets the value is no longer needed and freed; the slot keeps its address. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, slot, calloc(1, 100));
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  if (f->todstpktcnt + f->tosrcpktcnt == 1) free(SCFlowGetStorageById(f, slot));
}

static void Init(void) {
  slot = SCFlowStorageRegister("state", free);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("freed-after-two", Init)
