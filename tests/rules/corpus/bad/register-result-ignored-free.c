/* The refused slot is only ever freed. */
#include "twin.h"

static SCThreadStorageId slot;

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) { SCThreadFreeStorageById(tv, slot); }

static void Init(void) {
  slot = SCThreadStorageRegister("", free);
  SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
}

TWIN_PLUGIN("refused-and-freed", Init)
