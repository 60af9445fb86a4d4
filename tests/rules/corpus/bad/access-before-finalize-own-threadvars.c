/* Init creates its own ThreadVars, for data of the whole process. */
#include "twin.h"

static SCThreadStorageId slot;
static char everywhere[] = "for the whole process";

static void FreeNothing(void* value) {}

static void OnThreadInit(ThreadVars* tv, void* user) {
  SCThreadSetStorageById(tv, slot, everywhere);
}

static void Init(void) {
  slot = SCThreadStorageRegister("process", FreeNothing);
  if (slot.id < 0) return;
  ThreadVars* process = ThreadVarsAlloc();
  if (process == NULL) return;
  SCThreadSetStorageById(process, slot, everywhere);
  ThreadVarsFree(process);
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("own-threadvars", Init)
