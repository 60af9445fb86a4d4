/* Two workers' increments of one counter: one is lost. */
#include "plugin.h"

#ifdef FIXED
static _Atomic uint64_t total;
#else
static uint64_t total;
#endif

static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) { total++; }

static void Init(void) { SCFlowRegisterUpdateCallback(OnUpdate, NULL); }

PLUGIN("lost_update", Init)
