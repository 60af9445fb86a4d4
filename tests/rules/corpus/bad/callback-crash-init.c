/* Init reads a setting that does not exist. */
#include "twin.h"

static void Init(void) {
  const char* value = NULL;
  SCConfGet("my-plugin.file", &value);
  const volatile char* first = value;
  if (*first == '/') SCLogInfo("an absolute path");
}

TWIN_PLUGIN("crashes-in-init", Init)
