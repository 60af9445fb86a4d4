/* NULL is passed as the flow of a record without one, and elsewhere. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  Flow* none = NULL;
  if (SCFlowGetStorageById(none, slot) != NULL) SCLogInfo("found something");
  SCFlowFreeStorageById(none, slot);
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", free);
  if (slot.id >= 0) SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
}

TWIN_PLUGIN("null-flow", Init)
