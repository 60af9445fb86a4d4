/* Overflows an int in each flow init callback; linked with UndefinedBehaviorSanitizer. */
#include <limits.h>

#include "plugin.h"

static volatile int count = INT_MAX;

static void on_flow_init(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  (void)tv;
  (void)f;
  (void)p;
  (void)user;
  count = count + 1;
}

static void init(void) { SCFlowRegisterInitCallback(on_flow_init, NULL); }

NORMAL_PLUGIN("undefined", init)
