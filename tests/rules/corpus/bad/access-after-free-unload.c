/* The library's destructor writes the recycler's total; its thread and storage are long gone. */
#include "twin.h"

static SCThreadStorageId slot;
static ThreadVars* recycler;

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (strcmp(tv->name, "FR#01") != 0) return;
  recycler = tv;
  CountOnThread(tv, slot);
}

__attribute__((destructor)) static void Unload(void) {
  if (recycler != NULL && SCThreadGetStorageById(recycler, slot) != NULL)
    SCLogInfo("the recycler has counted");
}

static void Init(void) {
  slot = SCThreadStorageRegister("flows", free);
  if (slot.id >= 0) SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("total-at-unload", Init)
