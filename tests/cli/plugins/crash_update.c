/* Writes to NULL at the first packet on W#02; the other workers continue. */
#include "plugin.h"

#include <string.h>

#include "threadvars.h"

EXPORT void crash_on_update(ThreadVars* tv, Flow* f, Packet* p, void* user);

EXPORT void crash_on_update(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  (void)f;
  (void)p;
  (void)user;
  volatile int* nothing = NULL;
  if (strncmp(tv->name, "W#02", 4) == 0) *nothing = 1;
}

static void init(void) {
  SCThreadStorageRegister("crash_update", free);
  SCFlowRegisterUpdateCallback(crash_on_update, NULL);
}

NORMAL_PLUGIN("crash_update", init)
