/* Crashes in its destructor when the process ends. */
#include "plugin.h"

__attribute__((destructor)) static void unloaded(void) { abort(); }

static void init(void) { SCThreadStorageRegister("crash_at_exit", free); }

NORMAL_PLUGIN("crash_at_exit", init)
