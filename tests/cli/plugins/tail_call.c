/* Callbacks that end in a tail call, compiled to a jump. */
#include "plugin.h"

static SCFlowStorageId slot;

static void on_flow_init(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  (void)tv;
  (void)p;
  (void)user;
  void* const value = malloc(16);
  if (value == NULL) return;
  SCFlowSetStorageById(f, slot, value);
}

static void on_flow_update(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  (void)tv;
  (void)p;
  (void)user;
  void* const value = SCFlowGetStorageById(f, slot);
  if (value == NULL || f->todstpktcnt + f->tosrcpktcnt > 1) return;
  free(value);
}

static void init(void) {
  slot = SCFlowStorageRegister("tail call", free);
  SCFlowRegisterInitCallback(on_flow_init, NULL);
  SCFlowRegisterUpdateCallback(on_flow_update, NULL);
}

NORMAL_PLUGIN("tail_call", init)
