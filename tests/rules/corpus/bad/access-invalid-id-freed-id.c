/* An uninitialised id, with whatever was on the stack. */
#include "twin.h"

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  const SCFlowStorageId slot = {-559038737};
  SCFlowFreeStorageById(f, slot);
}

static void Init(void) { SCFlowRegisterFinishCallback(OnFlowFinish, NULL); }

TWIN_PLUGIN("uninitialised-id", Init)
