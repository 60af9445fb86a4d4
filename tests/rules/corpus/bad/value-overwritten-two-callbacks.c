/* Two thread init callbacks, written by two people, set one slot. */
#include "twin.h"

static SCThreadStorageId slot;

static void Set(ThreadVars* tv, void* user) {
  if (strncmp(tv->name, "W#", 2) == 0) SCThreadSetStorageById(tv, slot, strdup(user));
}

static void Init(void) {
  slot = SCThreadStorageRegister("owner", free);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(Set, (void*)"one");
  SCThreadRegisterInitCallback(Set, (void*)"two");
}

TWIN_PLUGIN("overwritten-by-second-callback", Init)
