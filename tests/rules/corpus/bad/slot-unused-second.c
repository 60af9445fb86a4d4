/* Two slots, the second one left from an earlier version. */
#include "twin.h"

static SCThreadStorageId used;
static SCThreadStorageId left_over;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnThread(tv, used);
}

static void Init(void) {
  used = SCThreadStorageRegister("used", free);
  left_over = SCThreadStorageRegister("left-over", free);
  if (used.id >= 0 && left_over.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("one-left-over", Init)
