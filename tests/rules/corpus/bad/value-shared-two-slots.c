/* One pointer in two slots of one flow, both with free. */
#include "twin.h"

static SCFlowStorageId one;
static SCFlowStorageId two;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  void* state = calloc(1, 64);
  SCFlowSetStorageById(f, one, state);
  SCFlowSetStorageById(f, two, state);
}

static void Init(void) {
  one = SCFlowStorageRegister("one", free);
  two = SCFlowStorageRegister("two", free);
  if (one.id >= 0 && two.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("shared-by-slots", Init)
