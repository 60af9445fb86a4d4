/* Each new flow counts in the last page of the flow before it, which may be gone. */
#include "twin.h"

typedef struct Session {
  char payload[40000];
  uint64_t followers;
} Session;

static SCFlowStorageId slot;
static Session* _Atomic last;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  Session* session = (Session*)calloc(1, sizeof(*session));
  if (session == NULL) return;
  if (SCFlowSetStorageById(f, slot, session) != 0) {
    free(session);
    return;
  }
  Session* before = last;
  last = session;
  if (before != NULL) ++before->followers;
}

static void Init(void) {
  slot = SCFlowStorageRegister("large-session", free);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("large-session", Init)
