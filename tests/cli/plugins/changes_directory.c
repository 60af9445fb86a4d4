/* Init changes the directory of the user's relative file names. Each flow's value leaks. */
#include <unistd.h>

#include "plugin.h"

static SCFlowStorageId slot;

static void keep(void* value) { (void)value; }

static void on_flow_init(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  (void)tv;
  (void)p;
  (void)user;
  SCFlowSetStorageById(f, slot, malloc(1)); /* leaks */
}

static void init(void) {
  if (chdir("/") != 0) abort();
  slot = SCFlowStorageRegister("kept", keep);
  SCFlowRegisterInitCallback(on_flow_init, NULL);
}

NORMAL_PLUGIN("changes_directory", init)
