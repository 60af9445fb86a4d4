/* Most flow updates do nothing; every tenth on a thread works hard. */
#include "plugin.h"

static _Thread_local volatile unsigned sum;

static void on_update(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  static _Thread_local unsigned calls;
  (void)tv;
  (void)f;
  (void)p;
  (void)user;
  if (++calls % 10 != 0) return;
  for (unsigned i = 0; i < 40000; ++i) sum = i;
}

static void init(void) { SCFlowRegisterUpdateCallback(on_update, NULL); }

NORMAL_PLUGIN("rare_work", init)
