/* Aborts in the init callback of the first flow manager. */
#include "plugin.h"

#include <string.h>

#include "threadvars.h"

static void on_thread_init(ThreadVars* tv, void* user) {
  (void)user;
  if (strcmp(tv->name, "FM#01") == 0) abort();
}

static void init(void) { SCThreadRegisterInitCallback(on_thread_init, NULL); }

NORMAL_PLUGIN("abort_thread_init", init)
