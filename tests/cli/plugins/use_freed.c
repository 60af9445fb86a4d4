/* Follows a pointer that it reads from a value after freeing it: no call shows this use. */
#include "plugin.h"

struct state {
  int* number;
};

static SCFlowStorageId slot;
static int number;

EXPORT void follow_freed(ThreadVars* tv, Flow* f, Packet* p, void* user);

EXPORT void follow_freed(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  (void)tv;
  (void)p;
  (void)user;
  struct state* volatile state = calloc(1, sizeof(*state));
  state->number = &number;
  SCFlowSetStorageById(f, slot, state);
  SCFlowFreeStorageById(f, slot);
  ++*state->number;
}

static void init(void) {
  slot = SCFlowStorageRegister("use_freed", free);
  SCFlowRegisterUpdateCallback(follow_freed, NULL);
}

NORMAL_PLUGIN("use_freed", init)
