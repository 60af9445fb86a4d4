/* Finish takes the value out for the report and forgets it. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnFlow(f, slot);
}

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  const uint64_t* packets = SCFlowGetStorageById(f, slot);
  if (packets != NULL) SCLogDebug("%llu", (unsigned long long)*packets);
  SCFlowSetStorageById(f, slot, NULL);
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", free);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
}

TWIN_PLUGIN("taken-in-finish", Init)
