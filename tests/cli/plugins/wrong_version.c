/* Built for Suricata 8.0. */
#include "plugin.h"

static void init(void) {}

REGISTER_PLUGIN(.version = 0x0800, .suricata_version = "8.0.3", .name = "eight", .license = "MIT",
                .author = "A. Tester", .Init = init)
