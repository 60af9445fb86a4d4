/* A copy of the ThreadVars is kept "because the original may change"; a copy is not a ThreadVars.
 */
#include "twin.h"

static SCThreadStorageId slot;
static char copy[4096];

static void OnThreadInit(ThreadVars* tv, void* user) {
  memcpy(copy, tv, sizeof(*tv));
  CountOnThread(tv, slot);
  if (SCThreadGetStorageById((ThreadVars*)copy, slot) == NULL) SCLogDebug("the copy is empty");
}

static void Init(void) {
  slot = SCThreadStorageRegister("count", free);
  if (slot.id >= 0) SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("copied-tv", Init)
