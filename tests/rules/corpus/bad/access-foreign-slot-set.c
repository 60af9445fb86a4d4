/* The forgotten id 0 is set: Suricata will use the label as its counters. */
#include "twin.h"

static SCFlowStorageId slot;
static char label[64] = "seen";

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  if (SCFlowGetStorageById(f, slot) == NULL) SCFlowSetStorageById(f, slot, label);
}

static void Init(void) { SCFlowRegisterInitCallback(OnFlowInit, NULL); }

TWIN_PLUGIN("foreign-slot-set", Init)
