/* The finish callback is registered only when a flow has a value. */
#include <stdatomic.h>

#include "twin.h"

static SCFlowStorageId slot;
static atomic_flag registered = ATOMIC_FLAG_INIT;

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) { SCFlowFreeStorageById(f, slot); }

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  CountOnFlow(f, slot);
  if (!atomic_flag_test_and_set(&registered)) SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("late-finish", Init)
