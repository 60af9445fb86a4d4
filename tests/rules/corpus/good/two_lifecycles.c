/* Values, threads and flows of two thread lifecycles after one Init. options: --repeat 2 */
#include "twin.h"

static SCThreadStorageId slot;
static SCFlowStorageId flow_slot;

static void OnThreadInit(ThreadVars* tv, void* user) { CountOnThread(tv, slot); }

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnThread(tv, slot);
  CountOnFlow(f, flow_slot);
}

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) { CountOnThread(tv, slot); }

static void Init(void) {
  slot = SCThreadStorageRegister("flows", free);
  flow_slot = SCFlowStorageRegister("flows", free);
  if (slot.id < 0 || flow_slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
}

TWIN_PLUGIN("two-lifecycles", Init)
