/* FatalError in Init, as Suricata's own code does. */
#include "twin.h"

static void Init(void) {
  const char* file = NULL;
  if (SCConfGet("my-plugin.file", &file) != 1) FatalError("my-plugin.file is not set");
}

TWIN_PLUGIN("fatal-in-init", Init)
