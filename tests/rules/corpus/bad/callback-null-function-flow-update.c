/* A flow update callback that is not written yet. */
#include "twin.h"

static void Init(void) {
  if (!SCFlowRegisterUpdateCallback(NULL, NULL)) SCLogWarning("no callback");
}

TWIN_PLUGIN("null-flow-update", Init)
