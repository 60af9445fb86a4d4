/* Linked with a library that is on no search path. */
#include "plugin.h"

int surisim_test_nothing(void);

static void init(void) { surisim_test_nothing(); }

NORMAL_PLUGIN("needs_library", init)
