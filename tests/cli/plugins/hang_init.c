/* Init never returns. */
#include "plugin.h"

#include <unistd.h>

static void init(void) {
  fprintf(stderr, "hanging in process %d\n", (int)getpid());
  for (;;) pause();
}

NORMAL_PLUGIN("hang_init", init)
