/* The flow slot's id is used on the thread, which has fewer slots. */
#include "twin.h"

static SCFlowStorageId one;
static SCFlowStorageId two;
static SCFlowStorageId three;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  const SCThreadStorageId wrong = {three.id};
  CountOnFlow(f, one);
  CountOnFlow(f, two);
  CountOnFlow(f, three);
  if (SCThreadGetStorageById(tv, wrong) != NULL) SCLogInfo("found something");
}

static void Init(void) {
  one = SCFlowStorageRegister("one", free);
  two = SCFlowStorageRegister("two", free);
  three = SCFlowStorageRegister("three", free);
  if (three.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("id-of-other-type", Init)
