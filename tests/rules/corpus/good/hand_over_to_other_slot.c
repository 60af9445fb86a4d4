/* After its second packet a flow's value moves from one slot of the flow to another. */
#include "twin.h"

static SCFlowStorageId pending;
static SCFlowStorageId classified;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, pending, calloc(1, sizeof(uint64_t)));
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  uint64_t* packets = SCFlowGetStorageById(f, pending);
  if (packets == NULL || ++*packets < 2) return;
  SCFlowSetStorageById(f, pending, NULL);
  SCFlowSetStorageById(f, classified, packets);
}

static void Init(void) {
  pending = SCFlowStorageRegister("pending", free);
  classified = SCFlowStorageRegister("classified", free);
  if (pending.id < 0 || classified.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("hand-over-to-other-slot", Init)
