/* The flow's value is created in its last callback, for the record that Free writes. */
#include "twin.h"

static SCFlowStorageId slot;

static void WriteAndFree(void* text) {
  SCLogDebug("%s", (char*)text);
  free(text);
}

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  char* text = malloc(64);
  if (text == NULL) return;
  snprintf(text, 64, "finished on %s", tv->name);
  SCFlowSetStorageById(f, slot, text);
}

static void Init(void) {
  slot = SCFlowStorageRegister("text", WriteAndFree);
  if (slot.id >= 0) SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
}

TWIN_PLUGIN("set-in-finish", Init)
