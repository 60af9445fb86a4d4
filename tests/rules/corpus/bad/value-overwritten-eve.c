/* Each EVE record puts new data into the slot of its flow. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, slot, calloc(1, 16));
}

static void OnRecord(ThreadVars* tv, const Packet* p, Flow* f, SCJsonBuilder* jb, void* user) {
  if (f != NULL) SCFlowSetStorageById(f, slot, calloc(1, 16));
}

static void Init(void) {
  slot = SCFlowStorageRegister("record", free);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCEveRegisterCallback(OnRecord, NULL);
}

TWIN_PLUGIN("overwritten-by-record", Init)
