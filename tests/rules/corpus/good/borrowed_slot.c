/* A second slot of the flow borrows the value that the first owns; it is emptied first. */
#include "twin.h"

static SCFlowStorageId borrowed; /* the lower id: its Free comes first, and does nothing */
static SCFlowStorageId owned;

static void FreeNothing(void* value) {}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  uint64_t* packets = calloc(1, sizeof(*packets));
  SCFlowSetStorageById(f, owned, packets);
  SCFlowSetStorageById(f, borrowed, packets);
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  uint64_t* packets = SCFlowGetStorageById(f, borrowed);
  if (packets != NULL) ++*packets;
}

static void Init(void) {
  borrowed = SCFlowStorageRegister("borrowed", FreeNothing);
  owned = SCFlowStorageRegister("owned", free);
  if (borrowed.id < 0 || owned.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("borrowed-slot", Init)
