/* When a worker's logger ends it resets the flow manager's value: that thread has been freed. */
#include "twin.h"

static SCThreadStorageId slot;
static ThreadVars* manager;
static char mark[] = "mark";

static void FreeNothing(void* value) {}

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (strcmp(tv->name, "FM#01") != 0) return;
  manager = tv;
  SCThreadSetStorageById(tv, slot, mark);
}

static bool Wants(ThreadVars* tv, void* data, const Packet* p) { return false; }

static int Log(ThreadVars* tv, void* data, const Packet* p) { return 0; }

static TmEcode OnLoggerDeinit(ThreadVars* tv, void* data) {
  SCThreadFreeStorageById(manager, slot);
  return TM_ECODE_OK;
}

static void Init(void) {
  slot = SCThreadStorageRegister("mark", FreeNothing);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCOutputRegisterPacketLogger(LOGGER_USER, "mark", Log, Wants, NULL, NULL, OnLoggerDeinit);
}

TWIN_PLUGIN("reset-in-logger-deinit", Init)
