/* A flow update that frees values, so that a Free runs inside it. */
#include "plugin.h"

#define FUNCTION(name, body)                                             \
  __asm__(".text\n.type " #name ", @function\n.hidden " #name "\n" #name \
          ":\n.cfi_startproc\n" body ".cfi_endproc\n.size " #name ", .-" #name "\n")

/* 1,000, many more than the update's own. */
FUNCTION(free_value, ".rept 999\n nop\n .endr\n ret\n");
void free_value(void* value);

static SCThreadStorageId thread_slot;
static SCFlowStorageId flow_slot;

static void on_update(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  static int value;
  (void)p;
  (void)user;
  SCThreadSetStorageById(tv, thread_slot, &value);
  SCThreadFreeStorageById(tv, thread_slot);
  SCFlowSetStorageById(f, flow_slot, &value);
  SCFlowFreeStorageById(f, flow_slot);
}

static void init(void) {
  thread_slot = SCThreadStorageRegister("frees_counted", free_value);
  flow_slot = SCFlowStorageRegister("frees_counted", free_value);
  SCFlowRegisterUpdateCallback(on_update, NULL);
}

NORMAL_PLUGIN("frees_counted", init)
