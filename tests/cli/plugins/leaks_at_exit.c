/* Loses a block in Init that belongs to no thread or flow: only LeakSanitizer notices. */
#include "plugin.h"

static void* volatile block;

static void init(void) {
  block = malloc(12345);
  block = NULL;
}

NORMAL_PLUGIN("leaks_at_exit", init)
