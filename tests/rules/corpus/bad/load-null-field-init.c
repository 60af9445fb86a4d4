/* No Init: all the work is done by the constructor. */
#include "suricata-plugin.h"

__attribute__((constructor)) static void Load(void) {}

static SCPlugin plugin = {
    .version = SC_API_VERSION,
    .suricata_version = SC_PACKAGE_VERSION,
    .name = "no-init",
    .license = "MIT",
    .author = "the surisim authors",
};

SCPlugin* SCPluginRegister(void);

SCPlugin* SCPluginRegister(void) { return &plugin; }
