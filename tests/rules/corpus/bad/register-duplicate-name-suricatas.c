/* The name is that of one of Suricata's flow slots. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) { CountOnFlow(f, slot); }

static void Init(void) {
  slot = SCFlowStorageRegister("bypass_counters", free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("duplicate-of-suricata", Init)
