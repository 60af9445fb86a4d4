/* What the plugins of these tests share. */
#include "flow-callbacks.h"
#include "flow.h"
#include "suricata-plugin.h"

#define PLUGIN(init)                                                \
  static SCPlugin plugin = {.version = SC_API_VERSION,              \
                            .suricata_version = SC_PACKAGE_VERSION, \
                            .name = "schedule",                     \
                            .plugin_version = "1",                  \
                            .license = "MIT",                       \
                            .author = "surisim",                    \
                            .Init = (init)};                        \
  SCPlugin* SCPluginRegister(void) { return &plugin; }
