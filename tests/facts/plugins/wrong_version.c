/* Records in the environment when it was initialised and when its destructor ran (L38, L39). */
#include <stdlib.h>

#include "suricata-plugin.h"
#include "thread-storage.h"

static void init(void) {
  setenv("SURISIM_FACT_WRONG_INIT", "yes", 1);
  const SCThreadStorageId id = SCThreadStorageRegister("wrong_version", free);
  setenv(id.id >= 0 ? "SURISIM_FACT_FIRST" : "SURISIM_FACT_REFUSED", "yes", 1);
}

__attribute__((destructor)) static void closed(void) {
  setenv("SURISIM_FACT_WRONG_CLOSED", "yes", 1);
}

SCPlugin* SCPluginRegister(void) {
  static SCPlugin plugin = {.version = 0x0800,
                            .suricata_version = SC_PACKAGE_VERSION,
                            .name = "wrong-version",
                            .plugin_version = "1",
                            .license = "MIT",
                            .author = "surisim",
                            .Init = init};
  return &plugin;
}
