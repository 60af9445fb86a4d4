/* A variable of another library that is not linked. */
#include "twin.h"

extern int my_library_version;

static void Init(void) { SCLogNotice("library version %d", my_library_version); }

TWIN_PLUGIN("missing-variable", Init)
