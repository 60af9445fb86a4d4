/* The flow's label changes from one static text to another: there is nothing to free. */
#include "twin.h"

static SCFlowStorageId slot;
static char fresh[] = "new";
static char busy[] = "established";

static void FreeNothing(void* label) {}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, slot, fresh);
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  if ((p->flowflags & FLOW_PKT_TOCLIENT) != 0) SCFlowSetStorageById(f, slot, busy);
}

static void Init(void) {
  slot = SCFlowStorageRegister("label", FreeNothing);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("static-labels-change", Init)
