/* A flow's Free counts in its worker's state, which is freed before the last flows are. */
#include "twin.h"

typedef struct Session {
  uint64_t* ended;
} Session;

static SCThreadStorageId thread_slot;
static SCFlowStorageId flow_slot;

static void FreeSession(void* value) {
  Session* session = (Session*)value;
  ++*session->ended;
  free(session);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnThread(tv, thread_slot);
  Session* session = (Session*)calloc(1, sizeof(*session));
  if (session == NULL) return;
  session->ended = (uint64_t*)SCThreadGetStorageById(tv, thread_slot);
  if (session->ended == NULL || SCFlowSetStorageById(f, flow_slot, session) != 0) free(session);
}

static void Init(void) {
  thread_slot = SCThreadStorageRegister("worker-state", free);
  flow_slot = SCFlowStorageRegister("session", FreeSession);
  if (thread_slot.id < 0 || flow_slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("worker-state", Init)
