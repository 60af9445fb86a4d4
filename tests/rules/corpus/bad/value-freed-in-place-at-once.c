/* The error path frees what was set a line above. */
#include "twin.h"

static SCThreadStorageId slot;

static void OnThreadInit(ThreadVars* tv, void* user) {
  char* name = strdup(tv->name);
  if (name == NULL) return;
  SCThreadSetStorageById(tv, slot, name);
  if (strncmp(tv->name, "FM", 2) == 0) free(name); /* not for managers */
}

static void Init(void) {
  slot = SCThreadStorageRegister("name", free);
  if (slot.id >= 0) SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("freed-at-once", Init)
