/* The library's destructor looks at the last flow that started; every flow has been freed by then.
 */
#include <stdatomic.h>

#include "twin.h"

static SCFlowStorageId slot;
static _Atomic(Flow*) latest;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnFlow(f, slot);
  atomic_store(&latest, f);
}

__attribute__((destructor)) static void Unload(void) {
  Flow* f = atomic_load(&latest);
  if (f != NULL && SCFlowGetStorageById(f, slot) != NULL) SCLogInfo("the last flow");
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", free);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("flow-at-unload", Init)
