/* Gets the flow from the packet: it is the same handle. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  if (p->flow != NULL) CountOnFlow(p->flow, slot);
}

static TmEcode OnLoggerInit(ThreadVars* tv, const void* initdata, void** data) {
  return TM_ECODE_OK;
}

static bool Wants(ThreadVars* tv, void* data, const Packet* p) { return true; }

static int Log(ThreadVars* tv, void* data, const Packet* p) {
  if (p->flow != NULL) CountOnFlow(p->flow, slot);
  return 0;
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", free);
  if (slot.id < 0) return;
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
  SCOutputRegisterPacketLogger(LOGGER_USER, "packets", Log, Wants, NULL, OnLoggerInit, NULL);
}

TWIN_PLUGIN("packet-to-flow", Init)
