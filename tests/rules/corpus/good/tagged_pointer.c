/* The slot's pointer has a tag in its lowest bit, which all users of the slot remove.
 */
#include "twin.h"

static SCFlowStorageId slot;

static void* Plain(void* tagged) { return (void*)((uintptr_t)tagged & ~(uintptr_t)1); }

static void FreeTagged(void* tagged) { free(Plain(tagged)); }

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  void* tagged = SCFlowGetStorageById(f, slot);
  if (tagged == NULL) {
    tagged = calloc(1, sizeof(uint64_t));
    if (tagged == NULL) return;
  }
  ++*(uint64_t*)Plain(tagged);
  SCFlowSetStorageById(f, slot, (void*)((uintptr_t)tagged ^ 1)); /* seen an odd number of times */
}

static void Init(void) {
  slot = SCFlowStorageRegister("tagged", FreeTagged);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("tagged-pointer", Init)
