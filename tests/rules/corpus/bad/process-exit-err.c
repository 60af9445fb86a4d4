/* err() prints a message and ends the process. */
#include <err.h>

#include "twin.h"

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (access("/nonexistent/rules.txt", R_OK) != 0) err(1, "rules.txt");
}

static void Init(void) { SCThreadRegisterInitCallback(OnThreadInit, NULL); }

TWIN_PLUGIN("err", Init)
