/* The first packet of W#01 is never done with, while other workers go on. */
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
