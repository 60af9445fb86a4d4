/* The name points to unmapped memory. */
#include "plugin.h"

static void init(void) {}

REGISTER_PLUGIN(.version = SURISIM_TEST_API_VERSION, .name = (const char*)16, .license = "MIT",
                .author = "A. Tester", .Init = init)
