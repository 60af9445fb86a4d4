/* The new value goes in, then the old one is freed: for a moment both exist. */
#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  char* text = malloc(32);
  if (text == NULL) return;
  snprintf(text, 32, "%d", p->proto);
  char* old = SCFlowGetStorageById(f, slot);
  SCFlowSetStorageById(f, slot, text);
  free(old);
}

static void Init(void) {
  slot = SCFlowStorageRegister("text", free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("swap-and-free", Init)
