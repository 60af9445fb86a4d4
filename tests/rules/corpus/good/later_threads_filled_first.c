/* Two thread init callbacks fill one thread's slots one after the other, the second reads the
 * first. */
#include "twin.h"

static SCThreadStorageId first;
static SCThreadStorageId second;

static void MakeFirst(ThreadVars* tv, void* user) {
  SCThreadSetStorageById(tv, first, strdup(tv->name));
}

static void MakeSecond(ThreadVars* tv, void* user) {
  const char* name = SCThreadGetStorageById(tv, first);
  if (name != NULL) SCThreadSetStorageById(tv, second, strdup(name));
}

static void Init(void) {
  first = SCThreadStorageRegister("first", free);
  second = SCThreadStorageRegister("second", free);
  if (first.id < 0 || second.id < 0) return;
  SCThreadRegisterInitCallback(MakeFirst, NULL);
  SCThreadRegisterInitCallback(MakeSecond, NULL);
}

TWIN_PLUGIN("later-threads-filled-first", Init)
