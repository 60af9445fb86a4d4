/* Callbacks are registered when logging is ready: there is no thread yet, so that is early enough.
 */
#include "twin.h"

static SCThreadStorageId slot;

static void OnThreadInit(ThreadVars* tv, void* user) { CountOnThread(tv, slot); }

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnThread(tv, slot);
}

static void OnLoggingReady(void* arg) {
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

static void Init(void) {
  slot = SCThreadStorageRegister("flows", free);
  if (slot.id >= 0) SCRegisterOnLoggingReady(OnLoggingReady, NULL);
}

TWIN_PLUGIN("callbacks-when-logging-ready", Init)
