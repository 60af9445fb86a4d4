/* Built with hidden visibility, and the one function that matters is hidden as well. */
#include "suricata-plugin.h"

static void Init(void) {}

static SCPlugin plugin = {
    .version = SC_API_VERSION,
    .suricata_version = SC_PACKAGE_VERSION,
    .name = "hidden",
    .license = "MIT",
    .author = "the surisim authors",
    .Init = Init,
};

__attribute__((visibility("hidden"))) SCPlugin* SCPluginRegister(void);

SCPlugin* SCPluginRegister(void) { return &plugin; }
