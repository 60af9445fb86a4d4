/* The first worker's thread init callback registers another one, for later workers. */
#include "twin.h"

static SCThreadStorageId slot;
static bool done;

static void Second(ThreadVars* tv, void* user) { CountOnThread(tv, slot); }

static void First(ThreadVars* tv, void* user) {
  if (done || strncmp(tv->name, "W#", 2) != 0) return;
  done = true;
  SCThreadRegisterInitCallback(Second, NULL);
}

static void Init(void) {
  slot = SCThreadStorageRegister("count", free);
  if (slot.id >= 0) SCThreadRegisterInitCallback(First, NULL);
}

TWIN_PLUGIN("late-thread-init", Init)
