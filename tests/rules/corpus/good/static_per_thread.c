/* Values in static memory, an entry for each thread; Free frees nothing. */
#include <stdatomic.h>

#include "twin.h"

typedef struct Entry {
  char thread[16];
  uint64_t flows;
} Entry;

static SCThreadStorageId slot;
static Entry entries[256];
static atomic_uint used;

static void FreeEntry(void* entry) { ((Entry*)entry)->thread[0] = '\0'; }

static void OnThreadInit(ThreadVars* tv, void* user) {
  const unsigned index = atomic_fetch_add(&used, 1);
  if (index >= 256) return;
  memcpy(entries[index].thread, tv->name, sizeof(entries[index].thread));
  SCThreadSetStorageById(tv, slot, &entries[index]);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  Entry* entry = SCThreadGetStorageById(tv, slot);
  if (entry != NULL) entry->flows++;
}

static void Init(void) {
  slot = SCThreadStorageRegister("entry", FreeEntry);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("static-per-thread", Init)
