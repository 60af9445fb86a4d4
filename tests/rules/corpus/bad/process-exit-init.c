/* FatalError in Init, like Suricata's code. */
#include "twin.h"

static void Init(void) {
  const char* file = NULL;
  if (SCConfGet("my-plugin.file", &file) != 1) FatalError("my-plugin.file is not set");
}

TWIN_PLUGIN("fatal-in-init", Init)
