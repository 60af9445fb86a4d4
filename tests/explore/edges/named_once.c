/* The name is to be set only once, by the thread that finds none. Looking and setting are calls
 * of the C library, and both threads may look before one of them sets. */
#include <stdlib.h>
#include <string.h>

#include "flow-callbacks.h"
#include "suricata-plugin.h"

SCPlugin* SCPluginRegister(void);

static char name[32];
static volatile size_t longest = 31;
static int sets; /* by each thread that sets it */

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  if (strnlen(name, longest) > 0) return;
  strncpy(name, "the first flow", longest);
  if (__atomic_add_fetch(&sets, 1, __ATOMIC_SEQ_CST) != 1) abort();
}

static void Init(void) { SCFlowRegisterInitCallback(OnFlowInit, NULL); }

static SCPlugin plugin = {SC_API_VERSION, SC_PACKAGE_VERSION,    "named once", "1.0.0",
                          "MIT",          "the surisim authors", Init};
SCPlugin* SCPluginRegister(void) { return &plugin; }
