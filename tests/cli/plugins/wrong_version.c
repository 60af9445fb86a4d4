/* Built for a Suricata that does not exist yet: 10.0. */
#include "plugin.h"

static void init(void) {}

REGISTER_PLUGIN(.version = 0x0a00, .suricata_version = "10.0.0", .name = "ten", .license = "MIT",
                .author = "A. Tester", .Init = init)
