/* The value grows with each packet; realloc may or may not move it. */
#include "twin.h"

typedef struct Sizes {
  size_t count;
  uint16_t size[];
} Sizes;

static SCFlowStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  Sizes* old = SCFlowGetStorageById(f, slot);
  const size_t count = old == NULL ? 0 : old->count;
  Sizes* sizes = realloc(old, sizeof(*sizes) + (count + 1) * 64 * sizeof(uint16_t));
  if (sizes == NULL) return;
  sizes->size[count] = p->proto;
  sizes->count = count + 1;
  SCFlowSetStorageById(f, slot, sizes);
}

static void Init(void) {
  slot = SCFlowStorageRegister("sizes", free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("realloc-value", Init)
