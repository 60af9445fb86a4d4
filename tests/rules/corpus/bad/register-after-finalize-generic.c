/* The generic function is as late as the typed ones; here for hosts, and in a flow's finish. */
#include "twin.h"

static int slot = -1;

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  if (slot == -1) slot = SCStorageRegister(STORAGE_HOST, "flows-of-host", free);
}

static void Init(void) { SCFlowRegisterFinishCallback(OnFlowFinish, NULL); }

TWIN_PLUGIN("late-generic", Init)
