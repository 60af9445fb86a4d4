/* The value is freed after the flow record was written. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnFlow(f, slot);
}

static void OnRecord(ThreadVars* tv, const Packet* p, Flow* f, SCJsonBuilder* jb, void* user) {
  if (p == NULL && f != NULL) free(SCFlowGetStorageById(f, slot));
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", free);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCEveRegisterCallback(OnRecord, NULL);
}

TWIN_PLUGIN("freed-with-record", Init)
