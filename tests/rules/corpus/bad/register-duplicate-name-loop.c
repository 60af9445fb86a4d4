/* One slot for each direction, and one name for both. */
#include "twin.h"

static SCThreadStorageId slots[2];

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  for (int i = 0; i < 2; ++i) {
    if (slots[i].id >= 0) CountOnThread(tv, slots[i]);
  }
}

static void Init(void) {
  for (int i = 0; i < 2; ++i) slots[i] = SCThreadStorageRegister("direction", free);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("duplicate-in-loop", Init)
