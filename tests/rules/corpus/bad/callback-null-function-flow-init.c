/* A flow init callback that is not written yet. */
#include "twin.h"

static void Init(void) {
  if (!SCFlowRegisterInitCallback(NULL, NULL)) SCLogWarning("no callback");
}

TWIN_PLUGIN("null-flow-init", Init)
