/* Counts flows in a value on each thread, as the guide shows; breaks no rule. */
#include "plugin.h"

static SCThreadStorageId slot;

static void on_thread_init(ThreadVars* tv, void* user) {
  (void)user;
  uint64_t* flows = calloc(1, sizeof(*flows));
  if (flows != NULL) SCThreadSetStorageById(tv, slot, flows);
}

static void on_flow_init(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  (void)f;
  (void)p;
  (void)user;
  uint64_t* flows = SCThreadGetStorageById(tv, slot);
  if (flows != NULL) ++*flows;
}

static void init(void) {
  slot = SCThreadStorageRegister("good_counter", free);
  SCThreadRegisterInitCallback(on_thread_init, NULL);
  SCFlowRegisterInitCallback(on_flow_init, NULL);
}

NORMAL_PLUGIN("good", init)
