/* No name and no author. */
#include "plugin.h"

static void init(void) {}

REGISTER_PLUGIN(.version = SURISIM_TEST_API_VERSION, .license = "MIT", .Init = init)
