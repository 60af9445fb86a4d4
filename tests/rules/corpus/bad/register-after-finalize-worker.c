/* A flow slot, registered by whichever worker sees the first flow. */
#include "twin.h"

static SCFlowStorageId slot = {-1};
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void Register(void) { slot = SCFlowStorageRegister("packets", free); }

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  pthread_once(&once, Register);
  if (slot.id >= 0) CountOnFlow(f, slot);
}

static void Init(void) { SCFlowRegisterInitCallback(OnFlowInit, NULL); }

TWIN_PLUGIN("late-on-worker", Init)
