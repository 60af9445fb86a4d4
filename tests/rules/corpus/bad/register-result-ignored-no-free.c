/* Without a Free the slot is refused; its -1 is set on each flow, to a static value. */
#include "twin.h"

static SCFlowStorageId slot;
static char label[] = "seen";

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, slot, label);
}

static void Init(void) {
  slot = SCFlowStorageRegister("label", NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("no-free-and-used", Init)
