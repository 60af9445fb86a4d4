/* The same in Init: a process is not a thread, and it has ended when Init returns. */
#include "twin.h"

static void Init(void) {
  if (system("exit 0") != 0) SCLogWarning("no shell");
}

TWIN_PLUGIN("child-process-in-init", Init)
