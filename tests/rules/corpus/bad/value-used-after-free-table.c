/* A table of flows in Init's memory keeps what SCFlowFreeStorageById has freed. */
#include "twin.h"

static SCFlowStorageId slot;
static uint64_t** table;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnFlow(f, slot);
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  uint64_t* count = (uint64_t*)SCFlowGetStorageById(f, slot);
  if (count == NULL) return;
  table[0] = count;
  SCFlowFreeStorageById(f, slot);
  *count = 7;
}

static void Init(void) {
  table = (uint64_t**)calloc(1, sizeof(*table));
  slot = SCFlowStorageRegister("in-a-table", free);
  if (slot.id < 0 || table == NULL) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("in-a-table", Init)
