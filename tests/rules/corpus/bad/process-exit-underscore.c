/* _exit in an update, "because nothing must run any more". */
#include "twin.h"

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) { _exit(2); }

static void Init(void) { SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL); }

TWIN_PLUGIN("underscore-exit", Init)
