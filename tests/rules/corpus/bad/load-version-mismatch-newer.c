/* Built for a Suricata that is not out yet. */
#include "suricata-plugin.h"

static void Init(void) {}

static SCPlugin plugin = {
    .version = SC_API_VERSION + 1,
    .suricata_version = "9.1.0",
    .name = "from-the-future",
    .license = "MIT",
    .author = "the surisim authors",
    .Init = Init,
};

SCPlugin* SCPluginRegister(void);

SCPlugin* SCPluginRegister(void) { return &plugin; }
