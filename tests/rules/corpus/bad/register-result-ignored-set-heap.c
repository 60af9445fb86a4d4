/* The refused slot is set to memory that is never freed. */
#include "twin.h"

static SCFlowStorageId first;
static SCFlowStorageId second;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnFlow(f, first);
  SCFlowSetStorageById(f, second, calloc(1, 16));
}

static void Init(void) {
  first = SCFlowStorageRegister("state", free);
  second = SCFlowStorageRegister("state", free);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("refused-and-set", Init)
