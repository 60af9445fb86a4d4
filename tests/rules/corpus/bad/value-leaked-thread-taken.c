/* A worker's first flow takes the thread's value out of its slot and never frees it. */
#include "twin.h"

static SCThreadStorageId slot;

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (strncmp(tv->name, "W#", 2) == 0) CountOnThread(tv, slot);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCThreadSetStorageById(tv, slot, NULL);
}

static void Init(void) {
  slot = SCThreadStorageRegister("count", free);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("taken-from-thread", Init)
