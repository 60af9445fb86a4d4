/* Registers a slot and a callback in a constructor of the library, before SCPluginRegister. */
#include "plugin.h"

static void on_thread_init(ThreadVars* tv, void* user) {
  (void)tv;
  (void)user;
}

__attribute__((constructor)) static void register_early(void) {
  SCThreadStorageRegister("early", free);
  SCThreadRegisterInitCallback(on_thread_init, NULL);
}

static void init(void) {}

NORMAL_PLUGIN("constructor-registers", init)
