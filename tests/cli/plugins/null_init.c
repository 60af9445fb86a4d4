/* No Init. */
#include "plugin.h"

NORMAL_PLUGIN("no_init", NULL)
