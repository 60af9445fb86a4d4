/* A function of Suricata 7, which has a different name in Suricata 9. */
#include "twin.h"

void* FlowGetStorageById(const Flow* f, SCFlowStorageId id);

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  const SCFlowStorageId slot = {1};
  if (FlowGetStorageById(f, slot) != NULL) SCLogInfo("found something");
}

static void Init(void) { SCFlowRegisterInitCallback(OnFlowInit, NULL); }

TWIN_PLUGIN("older-function", Init)
