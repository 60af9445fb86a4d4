/* Calls the function of Suricata that "null.function" names with NULL for each argument. */
#include <dlfcn.h>

#include "conf.h"
#include "plugin.h"

static void Init(void) {
  const char* name = NULL;
  if (SCConfGet("null.function", &name) != 1) return;
  void* (*function)(void*, void*, void*, void*, void*, void*, void*) = NULL;
  *(void**)&function = dlsym(RTLD_DEFAULT, name);
  if (function != NULL) function(NULL, NULL, NULL, NULL, NULL, NULL, NULL);
}

NORMAL_PLUGIN("null_arguments", Init)
