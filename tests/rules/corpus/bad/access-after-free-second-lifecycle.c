/* The first lifecycle's worker is asked again in the second one. options: --repeat 2 */
#include "twin.h"

static SCThreadStorageId slot;
static ThreadVars* manager;

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (strcmp(tv->name, "FM#01") == 0 && manager == NULL) {
    manager = tv;
    CountOnThread(tv, slot);
  } else if (strcmp(tv->name, "CW") == 0 && manager != NULL) {
    static bool second;
    if (second && SCThreadGetStorageById(manager, slot) != NULL) SCLogInfo("still there");
    second = true;
  }
}

static void Init(void) {
  slot = SCThreadStorageRegister("flows", free);
  if (slot.id >= 0) SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("kept-over-lifecycles", Init)
