/* The version was left out, so it is 0. */
#include "suricata-plugin.h"

static void Init(void) {}

static SCPlugin plugin = {
    .suricata_version = SC_PACKAGE_VERSION,
    .name = "no-version",
    .license = "MIT",
    .author = "the surisim authors",
    .Init = Init,
};

SCPlugin* SCPluginRegister(void);

SCPlugin* SCPluginRegister(void) { return &plugin; }
