/* The same, but set in the new slot first and emptied in the old one after. */
#include "twin.h"

static SCFlowStorageId pending;
static SCFlowStorageId classified;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, pending, calloc(1, sizeof(uint64_t)));
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  uint64_t* packets = SCFlowGetStorageById(f, pending);
  if (packets == NULL || ++*packets < 2) return;
  SCFlowSetStorageById(f, classified, packets);
  SCFlowSetStorageById(f, pending, NULL);
}

static void Init(void) {
  pending = SCFlowStorageRegister("pending", free);
  classified = SCFlowStorageRegister("classified", free);
  if (pending.id < 0 || classified.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("hand-over-set-first", Init)
