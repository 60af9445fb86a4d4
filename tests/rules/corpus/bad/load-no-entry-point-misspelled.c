/* SCPluginregister, with a small r. */
#include "suricata-plugin.h"

static void Init(void) {}

static SCPlugin plugin = {
    .version = SC_API_VERSION,
    .suricata_version = SC_PACKAGE_VERSION,
    .name = "misspelled",
    .license = "MIT",
    .author = "the surisim authors",
    .Init = Init,
};

SCPlugin* SCPluginregister(void);

SCPlugin* SCPluginregister(void) { return &plugin; }
