/* The plugin's own -1 is set to new memory, which is lost. */
#include "twin.h"

static SCThreadStorageId slot = {-1};

static void OnThreadInit(ThreadVars* tv, void* user) {
  SCThreadSetStorageById(tv, slot, calloc(1, 16));
}

static void Init(void) { SCThreadRegisterInitCallback(OnThreadInit, NULL); }

TWIN_PLUGIN("sentinel-set", Init)
