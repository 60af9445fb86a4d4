/* One configuration, on every thread, with free as its Free. */
#include "twin.h"

static SCThreadStorageId slot;
static int* config;

static void OnThreadInit(ThreadVars* tv, void* user) { SCThreadSetStorageById(tv, slot, config); }

static void Init(void) {
  slot = SCThreadStorageRegister("config", free);
  config = calloc(1, sizeof(*config));
  if (slot.id >= 0 && config != NULL) SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("shared-by-threads", Init)
