/* The user pointer is taken for the ThreadVars: the arguments were swapped. */
#include "twin.h"

static SCThreadStorageId slot;
static char settings[4096];

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (SCThreadGetStorageById((ThreadVars*)user, slot) == NULL) CountOnThread(tv, slot);
}

static void Init(void) {
  slot = SCThreadStorageRegister("count", free);
  if (slot.id >= 0) SCThreadRegisterInitCallback(OnThreadInit, settings);
}

TWIN_PLUGIN("user-for-tv", Init)
