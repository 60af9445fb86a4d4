/* The value is inside its allocation, after a header that Free skips back over. */
#include "twin.h"

typedef struct Block {
  uint64_t header;
  uint64_t packets;
} Block;

static SCFlowStorageId slot;

static void FreeBlock(void* packets) { free((char*)packets - offsetof(Block, packets)); }

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  uint64_t* packets = SCFlowGetStorageById(f, slot);
  if (packets == NULL) {
    Block* block = calloc(1, sizeof(*block));
    if (block == NULL) return;
    packets = &block->packets;
    SCFlowSetStorageById(f, slot, packets);
  }
  ++*packets;
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", FreeBlock);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("interior-pointer", Init)
