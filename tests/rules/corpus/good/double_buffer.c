/* Two buffers that know each other take turns in the slot; Free frees both. */
#include "twin.h"

typedef struct Buffer {
  struct Buffer* other;
  uint64_t packets;
} Buffer;

static SCFlowStorageId slot;

static void FreeBoth(void* buffer) {
  free(((Buffer*)buffer)->other);
  free(buffer);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  Buffer* one = calloc(1, sizeof(*one));
  Buffer* two = calloc(1, sizeof(*two));
  if (one == NULL || two == NULL) {
    free(one);
    free(two);
    return;
  }
  one->other = two;
  two->other = one;
  SCFlowSetStorageById(f, slot, one);
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  Buffer* current = SCFlowGetStorageById(f, slot);
  if (current == NULL) return;
  current->other->packets = current->packets + 1;
  SCFlowSetStorageById(f, slot, current->other);
}

static void Init(void) {
  slot = SCFlowStorageRegister("buffers", FreeBoth);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("double-buffer", Init)
