/* Ends the process with exit() at a packet on W#01. */
#include "plugin.h"

#include <string.h>

#include "threadvars.h"

static void on_update(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  (void)f;
  (void)p;
  (void)user;
  if (strncmp(tv->name, "W#01", 4) == 0) exit(7);
}

static void init(void) { SCFlowRegisterUpdateCallback(on_update, NULL); }

NORMAL_PLUGIN("exit_update", init)
