/* The generic function is also too late; here for hosts, in a flow's finish. */
#include "twin.h"

static int slot = -1;

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  if (slot == -1) slot = SCStorageRegister(STORAGE_HOST, "flows-of-host", free);
}

static void Init(void) { SCFlowRegisterFinishCallback(OnFlowFinish, NULL); }

TWIN_PLUGIN("late-generic", Init)
