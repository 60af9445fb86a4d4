/* One reference-counted configuration for all threads, created in Init; the last thread frees it.
 */
#include <stdatomic.h>

#include "twin.h"

typedef struct Config {
  atomic_int users;
  int depth;
} Config;

static SCThreadStorageId slot;
static Config* config;

static void Release(void* ptr) {
  Config* shared = ptr;
  if (atomic_fetch_sub(&shared->users, 1) != 1) return;
  config = NULL; /* the next lifecycle has its own */
  free(shared);
}

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (strcmp(tv->name, "US") == 0 || strncmp(tv->name, "DL", 2) == 0) return;
  if (config == NULL && (config = calloc(1, sizeof(*config))) == NULL) return;
  atomic_fetch_add(&config->users, 1);
  SCThreadSetStorageById(tv, slot, config);
}

static void Init(void) {
  slot = SCThreadStorageRegister("config", Release);
  if (slot.id >= 0) SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("shared-by-threads", Init)
