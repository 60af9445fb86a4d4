/* Values that were taken out are kept in a mapping of the plugin's own, and freed at unloading. */
#include <stdatomic.h>
#include <sys/mman.h>

#include "twin.h"

enum { kPlaces = 1 << 15 };

static SCFlowStorageId slot;
static void** kept;
static atomic_uint used;

static void Keep(void* value) {
  const unsigned place = atomic_fetch_add(&used, 1);
  if (place < kPlaces) {
    kept[place] = value;
  } else {
    free(value);
  }
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, slot, calloc(1, 40));
}

__attribute__((destructor)) static void Unload(void) {
  const unsigned count = atomic_load(&used);
  for (unsigned i = 0; i < count && i < kPlaces; ++i) free(kept[i]);
  if (kept != NULL) munmap(kept, kPlaces * sizeof(*kept));
}

static void Init(void) {
  slot = SCFlowStorageRegister("kept", Keep);
  void* mapping = mmap(NULL, kPlaces * sizeof(*kept), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (slot.id < 0 || mapping == MAP_FAILED) return;
  kept = mapping;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("table-in-mapping", Init)
