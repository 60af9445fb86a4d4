/* A thread of the plugin that only reads a worker's counter. */
#include "twin.h"

static SCThreadStorageId slot;

static void* Read(void* worker) { return SCThreadGetStorageById(worker, slot); }

static void OnThreadInit(ThreadVars* tv, void* user) {
  pthread_t reader;
  if (strncmp(tv->name, "W#", 2) != 0) return;
  CountOnThread(tv, slot);
  if (pthread_create(&reader, NULL, Read, tv) == 0) pthread_join(reader, NULL);
}

static void Init(void) {
  slot = SCThreadStorageRegister("flows", free);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("reader-thread", Init)
