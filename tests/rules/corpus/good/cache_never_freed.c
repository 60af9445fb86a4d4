/* A table made in Init and never freed: it is not a value, and is needed until the process ends. */
#include "twin.h"

static SCFlowStorageId slot;
static uint32_t* table;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  if (table[f->proto] != 0) CountOnFlow(f, slot);
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", free);
  table = calloc(256, sizeof(*table));
  if (slot.id < 0 || table == NULL) return;
  table[IPPROTO_UDP] = table[IPPROTO_TCP] = 1;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("cache-never-freed", Init)
