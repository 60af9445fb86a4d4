/* A finished value is freed and replaced by a static marker, which Free recognises. */
#include "twin.h"

static SCFlowStorageId slot;
static char done;

static void FreeState(void* state) {
  if (state != &done) free(state);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  SCFlowSetStorageById(f, slot, calloc(1, 64));
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  void* state = SCFlowGetStorageById(f, slot);
  if (state == &done || f->todstpktcnt < 2) return;
  free(state);
  SCFlowSetStorageById(f, slot, &done);
}

static void Init(void) {
  slot = SCFlowStorageRegister("state", FreeState);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("marker-after-free", Init)
