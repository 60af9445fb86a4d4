/* Each flow puts a new "latest flow" into its thread's slot. */
#include "twin.h"

static SCThreadStorageId slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  uint32_t* latest = malloc(sizeof(*latest));
  if (latest == NULL) return;
  *latest = f->flow_hash;
  SCThreadSetStorageById(tv, slot, latest);
}

static void Init(void) {
  slot = SCThreadStorageRegister("latest", free);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("overwritten-on-thread", Init)
