/* A plugin in C that counts flows, compiled with the installed headers. */
#include <stdatomic.h>
#include <stddef.h>

#include "flow-callbacks.h"
#include "suricata-plugin.h"
#include "util-debug.h"

static atomic_ulong flows;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  (void)tv, (void)f, (void)p, (void)user;
  flows++;
}

static void Init(void) {
  if (!SCFlowRegisterInitCallback(OnFlowInit, NULL)) SCLogError("consumer_c: no flows are counted");
}

SCPlugin* SCPluginRegister(void) {
  static SCPlugin plugin = {
      .suricata_version = SC_PACKAGE_VERSION,
      .name = "consumer_c",
      .plugin_version = "1.0",
      .license = "MIT",
      .author = "A. Author",
      .Init = Init,
  };
  plugin.version = SC_API_VERSION;
  return &plugin;
}
