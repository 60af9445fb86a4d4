/* A callback that is slow but returns. */
#include "twin.h"

static void OnThreadInit(ThreadVars* tv, void* user) {
  const struct timespec some = {0, 50 * 1000 * 1000};
  if (strcmp(tv->name, "HB") == 0) nanosleep(&some, NULL);
}

static void Init(void) { SCThreadRegisterInitCallback(OnThreadInit, NULL); }

TWIN_PLUGIN("slow-but-done", Init)
