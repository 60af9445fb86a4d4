/* The plugin's own -1 is set to fresh memory: nobody will ever see it again. */
#include "twin.h"

static SCThreadStorageId slot = {-1};

static void OnThreadInit(ThreadVars* tv, void* user) {
  SCThreadSetStorageById(tv, slot, calloc(1, 16));
}

static void Init(void) { SCThreadRegisterInitCallback(OnThreadInit, NULL); }

TWIN_PLUGIN("sentinel-set", Init)
