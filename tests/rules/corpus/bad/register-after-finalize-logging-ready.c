/* Logging is ready only after storage was finalized. */
#include "twin.h"

static SCThreadStorageId slot = {-1};

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  if (slot.id >= 0) CountOnThread(tv, slot);
}

static void OnLoggingReady(void* arg) { slot = SCThreadStorageRegister("flows", free); }

static void Init(void) {
  SCRegisterOnLoggingReady(OnLoggingReady, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("late-when-logging-ready", Init)
