/* A plugin that only says hello. */
#include "twin.h"

static void Init(void) { SCLogNotice("hello"); }

TWIN_PLUGIN("nothing-at-all", Init)
