/* Thread init creates counters only for workers; the flow logger also runs on the recycler. */
#include "twin.h"

static SCThreadStorageId slot;

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (strncmp(tv->name, "W#", 2) == 0) CountOnThread(tv, slot);
}

static TmEcode OnLoggerInit(ThreadVars* tv, const void* initdata, void** data) {
  return TM_ECODE_OK;
}

static int LogFlow(ThreadVars* tv, void* data, Flow* f) {
  uint64_t* count = SCThreadGetStorageById(tv, slot);
  if (count != NULL) ++*count;
  return 0;
}

static void Init(void) {
  slot = SCThreadStorageRegister("counters", free);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCOutputRegisterFlowLogger("counters", LogFlow, NULL, OnLoggerInit, NULL);
}

TWIN_PLUGIN("workers-only", Init)
