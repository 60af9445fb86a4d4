/* Dereferences NULL in Init. */
#include "plugin.h"

static void init(void) {
  volatile int* nothing = NULL;
  printf("%d\n", *nothing);
}

NORMAL_PLUGIN("crash_init", init)
