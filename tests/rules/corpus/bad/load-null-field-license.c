/* The licence was not decided yet. */
#include "suricata-plugin.h"

static void Init(void) {}

static SCPlugin plugin = {
    .version = SC_API_VERSION,
    .suricata_version = SC_PACKAGE_VERSION,
    .name = "no-licence",
    .author = "the surisim authors",
    .Init = Init,
};

SCPlugin* SCPluginRegister(void);

SCPlugin* SCPluginRegister(void) { return &plugin; }
