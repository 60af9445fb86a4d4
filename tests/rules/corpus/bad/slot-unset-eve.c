/* The EVE callback of a flow record runs on the recycler: it does not have the worker's counters.
 */
#include "twin.h"

static SCThreadStorageId slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnThread(tv, slot);
}

static void OnRecord(ThreadVars* tv, const Packet* p, Flow* f, SCJsonBuilder* jb, void* user) {
  const uint64_t* flows = SCThreadGetStorageById(tv, slot);
  if (flows != NULL) SCJbSetUint(jb, "flows_of_thread", *flows);
}

static void Init(void) {
  slot = SCThreadStorageRegister("flows", free);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCEveRegisterCallback(OnRecord, NULL);
}

TWIN_PLUGIN("unset-for-record", Init)
