/* A flow update that runs WORKS iterations of a loop. */
#include "plugin.h"

static void on_update(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  (void)tv;
  (void)f;
  (void)p;
  (void)user;
  for (volatile unsigned i = 0; i < WORKS; ++i) {
  }
}

static void init(void) { SCFlowRegisterUpdateCallback(on_update, NULL); }

NORMAL_PLUGIN("works", init)
