/* Waits for a flag that is never set, in the thread init callback of a worker. options: --timeout 1
 */
#include "twin.h"

static volatile int ready;

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (strncmp(tv->name, "W#", 2) != 0) return;
  while (!ready) continue;
}

static void Init(void) { SCThreadRegisterInitCallback(OnThreadInit, NULL); }

TWIN_PLUGIN("waits-busily", Init)
