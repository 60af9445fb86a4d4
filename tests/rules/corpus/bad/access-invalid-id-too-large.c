/* An invented id. */
#include "twin.h"

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  const SCFlowStorageId slot = {99};
  if (SCFlowGetStorageById(f, slot) != NULL) SCLogInfo("found something");
}

static void Init(void) { SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL); }

TWIN_PLUGIN("id-too-large", Init)
