/* Hangs in the update callback for the first packet on W#01; other workers continue. */
#include "plugin.h"

#include <string.h>
#include <unistd.h>

#include "threadvars.h"

static void on_update(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  (void)f;
  (void)p;
  (void)user;
  while (strncmp(tv->name, "W#01", 4) == 0) pause();
}

static void init(void) { SCFlowRegisterUpdateCallback(on_update, NULL); }

NORMAL_PLUGIN("hang_update", init)
