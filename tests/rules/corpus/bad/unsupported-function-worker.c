/* A worker sets a flag of its thread with Suricata's function. */
#include "twin.h"

void TmThreadsSetFlag(ThreadVars* tv, uint32_t flag);

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  TmThreadsSetFlag(tv, 0);
}

static void Init(void) { SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL); }

TWIN_PLUGIN("sets-thread-flag", Init)
