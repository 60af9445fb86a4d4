/* In finish the forgotten id 0 is freed: Suricata's counters, with Suricata's Free. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) { SCFlowFreeStorageById(f, slot); }

static void Init(void) { SCFlowRegisterFinishCallback(OnFlowFinish, NULL); }

TWIN_PLUGIN("foreign-slot-freed", Init)
