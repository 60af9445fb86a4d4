/* Only workers have the value; finish checks the thread's name before it reads the slot. */
#include "twin.h"

static SCThreadStorageId slot;

static bool IsWorker(const ThreadVars* tv) { return strncmp(tv->name, "W#", 2) == 0; }

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (IsWorker(tv)) CountOnThread(tv, slot);
}

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  if (IsWorker(tv)) CountOnThread(tv, slot);
}

static void Init(void) {
  slot = SCThreadStorageRegister("count", free);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
}

TWIN_PLUGIN("workers-only", Init)
