/* Forgets a block in Init, which is not for a thread or flow: only LeakSanitizer misses it. */
#include "plugin.h"

static void* volatile block;

static void init(void) {
  block = malloc(12345);
  block = NULL;
}

NORMAL_PLUGIN("leaks_at_exit", init)
