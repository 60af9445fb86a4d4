/* Twenty slots of each type, with names in a static table, all of them in use. */
#include "twin.h"

enum { kSlots = 20 };

static char names[kSlots][16];
static SCThreadStorageId of_thread[kSlots];
static SCFlowStorageId of_flow[kSlots];

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  for (int i = 0; i < kSlots; ++i) {
    CountOnThread(tv, of_thread[i]);
    CountOnFlow(f, of_flow[i]);
  }
}

static void Init(void) {
  for (int i = 0; i < kSlots; ++i) {
    snprintf(names[i], sizeof(names[i]), "slot-%d", i);
    of_thread[i] = SCThreadStorageRegister(names[i], free);
    of_flow[i] = SCFlowStorageRegister(names[i], free);
    if (of_thread[i].id < 0 || of_flow[i].id < 0) return;
  }
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("many-slots", Init)
