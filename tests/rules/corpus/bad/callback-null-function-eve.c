/* An EVE callback that is not written yet. */
#include "twin.h"

static void Init(void) {
  if (!SCEveRegisterCallback(NULL, NULL)) SCLogWarning("no callback");
}

TWIN_PLUGIN("null-eve", Init)
