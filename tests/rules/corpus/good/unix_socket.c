/* Values made and freed on US, twice. options: --engine unix-socket --repeat 2 */
#include "twin.h"

static SCThreadStorageId slot;

static void OnThreadInit(ThreadVars* tv, void* user) { CountOnThread(tv, slot); }

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  CountOnThread(tv, slot);
}

static void Init(void) {
  slot = SCThreadStorageRegister("packets", free);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("unix-socket", Init)
