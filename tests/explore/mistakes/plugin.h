/* What these plugins share. Each is built twice: with its mistake, and with FIXED defined
 * without it. */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow-callbacks.h"
#include "flow-storage.h"
#include "output-eve.h"
#include "suricata-plugin.h"
#include "thread-callbacks.h"
#include "thread-storage.h"

SCPlugin* SCPluginRegister(void);

#define PLUGIN(name, init)                                                        \
  static SCPlugin plugin = {SC_API_VERSION, SC_PACKAGE_VERSION,    name, "1.0.0", \
                            "MIT",          "the surisim authors", init};         \
  SCPlugin* SCPluginRegister(void) { return &plugin; }

static inline void require(bool holds) {
  if (!holds) abort();
}

#endif
