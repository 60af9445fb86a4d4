/* A Free waits for a thread of the plugin that was never told to stop. options: --timeout 1 */
#include "twin.h"

static SCThreadStorageId slot;
static pthread_t helper;
static bool started;

static void* Help(void* unused) {
  while (pause() != 0) continue;
  return NULL;
}

static void Join(void* value) {
  if (started) pthread_join(helper, NULL);
  free(value);
}

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (strcmp(tv->name, "FM#01") != 0) return;
  started = pthread_create(&helper, NULL, Help, NULL) == 0;
  SCThreadSetStorageById(tv, slot, calloc(1, 1));
}

static void Init(void) {
  slot = SCThreadStorageRegister("helper", Join);
  if (slot.id >= 0) SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("joins-in-free", Init)
