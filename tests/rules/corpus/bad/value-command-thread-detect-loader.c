/* The values are on threads chosen by name: US, or DL#01. */
#include "twin.h"

static SCThreadStorageId slot;

static void OnThreadInit(ThreadVars* tv, void* user) {
  SCThreadSetStorageById(tv, slot, strdup(tv->name));
}

static void Init(void) {
  slot = SCThreadStorageRegister("name", free);
  if (slot.id >= 0) SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("values-on-loaders", Init)
