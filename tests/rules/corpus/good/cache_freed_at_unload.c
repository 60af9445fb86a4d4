/* A table made in Init lives as long as the library. */
#include "twin.h"

static SCThreadStorageId slot;
static uint32_t* table;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  if (table[f->proto] != 0) CountOnThread(tv, slot);
}

__attribute__((destructor)) static void Unload(void) { free(table); }

static void Init(void) {
  slot = SCThreadStorageRegister("flows", free);
  table = calloc(256, sizeof(*table));
  if (slot.id < 0 || table == NULL) return;
  table[IPPROTO_UDP] = table[IPPROTO_TCP] = 1;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("cache-freed-at-unload", Init)
