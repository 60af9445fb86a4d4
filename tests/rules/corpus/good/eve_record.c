/* Adds to EVE records what it counted on the flow; both packet and flow may be missing. */
#include "twin.h"

static SCFlowStorageId slot;
static SCThreadStorageId records;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) { CountOnFlow(f, slot); }

static void OnRecord(ThreadVars* tv, const Packet* p, Flow* f, SCJsonBuilder* jb, void* user) {
  CountOnThread(tv, records);
  if (f == NULL) return;
  const uint64_t* packets = SCFlowGetStorageById(f, slot);
  SCJbOpenObject(jb, "eve_record");
  SCJbSetUint(jb, "packets", packets == NULL ? 0 : *packets);
  SCJbClose(jb);
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", free);
  records = SCThreadStorageRegister("records", free);
  if (slot.id < 0 || records.id < 0) return;
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
  SCEveRegisterCallback(OnRecord, NULL);
}

TWIN_PLUGIN("eve-record", Init)
