/* A packet and a flow logger, registered when logging is ready, with data for each thread. */
#include "twin.h"

static SCFlowStorageId slot;

static TmEcode LoggerThreadInit(ThreadVars* tv, const void* initdata, void** data) {
  *data = calloc(1, sizeof(uint64_t));
  return *data == NULL ? TM_ECODE_FAILED : TM_ECODE_OK;
}

static TmEcode LoggerThreadDeinit(ThreadVars* tv, void* data) {
  free(data);
  return TM_ECODE_OK;
}

static bool WantsPacket(ThreadVars* tv, void* data, const Packet* p) { return p->flow != NULL; }

static int LogPacket(ThreadVars* tv, void* data, const Packet* p) {
  ++*(uint64_t*)data;
  return 0;
}

static int LogFlow(ThreadVars* tv, void* data, Flow* f) {
  const uint64_t* packets = SCFlowGetStorageById(f, slot);
  if (packets != NULL) *(uint64_t*)data += *packets;
  return 0;
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) { CountOnFlow(f, slot); }

static void OnLoggingReady(void* arg) {
  SCOutputRegisterPacketLogger(LOGGER_USER, "packets", LogPacket, WantsPacket, NULL,
                               LoggerThreadInit, LoggerThreadDeinit);
  SCOutputRegisterFlowLogger("flows", LogFlow, NULL, LoggerThreadInit, LoggerThreadDeinit);
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", free);
  if (slot.id < 0) return;
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
  SCRegisterOnLoggingReady(OnLoggingReady, NULL);
}

TWIN_PLUGIN("loggers", Init)
