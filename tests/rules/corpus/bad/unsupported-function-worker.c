/* A worker sets a flow's bit with Suricata's function. */
#include "twin.h"

void FlowBitSet(Flow* f, uint32_t idx);

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) { FlowBitSet(f, 1); }

static void Init(void) { SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL); }

TWIN_PLUGIN("sets-flow-bit", Init)
