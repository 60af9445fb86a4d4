/* Reads a block that it has freed, in a flow init callback; built for AddressSanitizer. */
#include "plugin.h"

static volatile int read_back;

static void on_flow_init(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  (void)tv;
  (void)f;
  (void)p;
  (void)user;
  int* volatile const block = malloc(sizeof(int));
  free(block);
  read_back = *block;
}

static void init(void) { SCFlowRegisterInitCallback(on_flow_init, NULL); }

NORMAL_PLUGIN("used-after-free", init)
