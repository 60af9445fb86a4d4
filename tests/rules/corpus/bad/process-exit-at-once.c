/* Each worker calls exit() at its first packet, so several do at the same time. */
#include "twin.h"

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) { exit(3); }

static void Init(void) { SCFlowRegisterInitCallback(OnFlowInit, NULL); }

TWIN_PLUGIN("exit-at-once", Init)
