/* What the plugins here share: the headers that a plugin includes, and an SCPluginRegister. */
#ifndef SURISIM_TEST_PLUGIN_H
#define SURISIM_TEST_PLUGIN_H

#include <stdio.h>
#include <stdlib.h>

#include "decode.h"
#include "flow-callbacks.h"
#include "flow-storage.h"
#include "suricata-plugin.h"
#include "thread-callbacks.h"
#include "thread-storage.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT SCPlugin* SCPluginRegister(void);

#define REGISTER_PLUGIN(...)                \
  EXPORT SCPlugin* SCPluginRegister(void) { \
    static SCPlugin plugin = {__VA_ARGS__}; \
    return &plugin;                         \
  }

#define NORMAL_PLUGIN(plugin_name, init)                                                       \
  REGISTER_PLUGIN(.version = SURISIM_TEST_API_VERSION, .suricata_version = SC_PACKAGE_VERSION, \
                  .name = plugin_name, .plugin_version = "1.2.3", .license = "MIT",            \
                  .author = "A. Tester <a@example.org>", .Init = init)

/* A static initialiser in C needs a constant expression, which SC_API_VERSION is not. */
#define SURISIM_TEST_API_VERSION 0x0900

#endif
