/* The storage functions that take the type, used like the typed ones; an unused host slot.
 */
#include "twin.h"

static int thread_id;
static int flow_id;
static int host_id;

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (SCStorageGetById(tv->storage, STORAGE_THREAD, thread_id) == NULL)
    SCStorageSetById(tv->storage, STORAGE_THREAD, thread_id, calloc(1, 8));
}

static void Init(void) {
  thread_id = SCStorageRegister(STORAGE_THREAD, "generic", free);
  flow_id = SCStorageRegister(STORAGE_FLOW, "generic", free);
  host_id = SCStorageRegister(STORAGE_HOST, "generic", free);
  if (thread_id < 0 || flow_id < 0 || host_id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("generic-storage", Init)
