/* One static buffer for two names: the first slot's name changes while Suricata uses it. */
#include "twin.h"

static SCFlowStorageId of_flow;
static SCThreadStorageId of_thread;
static char name[32];

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  CountOnFlow(f, of_flow);
  CountOnThread(tv, of_thread);
}

static void Init(void) {
  snprintf(name, sizeof(name), "packets-of-flow");
  of_flow = SCFlowStorageRegister(name, free);
  snprintf(name, sizeof(name), "packets-of-thread");
  of_thread = SCThreadStorageRegister(name, free);
  if (of_flow.id >= 0 && of_thread.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("name-in-reused-buffer", Init)
