/* Init reads the run mode, which the simulator does not provide. */
#include "twin.h"

char* RunmodeGetActive(void);

static void Init(void) {
  if (RunmodeGetActive() == NULL) SCLogInfo("no run mode");
}

TWIN_PLUGIN("asks-for-run-mode", Init)
