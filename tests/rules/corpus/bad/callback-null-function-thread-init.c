/* A thread init callback that is not written yet. */
#include "twin.h"

static void Init(void) {
  if (!SCThreadRegisterInitCallback(NULL, NULL)) SCLogWarning("no callback");
}

TWIN_PLUGIN("null-thread-init", Init)
