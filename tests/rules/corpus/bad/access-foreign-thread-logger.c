/* The flow logger, on the recycler, empties the counters of the worker that was created last. */
#include "twin.h"

static SCThreadStorageId slot;
static ThreadVars* worker;

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (strncmp(tv->name, "W#", 2) != 0) return;
  worker = tv;
  CountOnThread(tv, slot);
}

static TmEcode OnLoggerInit(ThreadVars* tv, const void* initdata, void** data) {
  return TM_ECODE_OK;
}

static int LogFlow(ThreadVars* tv, void* data, Flow* f) {
  if (strncmp(tv->name, "FR", 2) == 0) SCThreadFreeStorageById(worker, slot);
  return 0;
}

static void Init(void) {
  slot = SCThreadStorageRegister("flows", free);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCOutputRegisterFlowLogger("flows", LogFlow, NULL, OnLoggerInit, NULL);
}

TWIN_PLUGIN("logger-empties-worker", Init)
