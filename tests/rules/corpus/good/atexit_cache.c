/* A table that an atexit function frees. */
#include "twin.h"

static SCFlowStorageId slot;
static char* text;

static void FreeText(void) { free(text); }

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  if (text != NULL) CountOnFlow(f, slot);
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", free);
  if (slot.id < 0) return;
  text = strdup("a text that is needed to the end");
  atexit(FreeText);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("atexit-cache", Init)
