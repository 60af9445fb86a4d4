/* A plugin that only logs a message. */
#include "twin.h"

static void Init(void) { SCLogNotice("hello"); }

TWIN_PLUGIN("nothing-at-all", Init)
