/* Calls one of Suricata's functions with NULL for each argument: in Init the one named by
 * "null.function", in a flow update the one named by "null.in_update". */
#include <dlfcn.h>
#include <stdlib.h>

#include "conf.h"
#include "plugin.h"

static void CallWithNull(const char* setting) {
  const char* name = NULL;
  if (SCConfGet(setting, &name) != 1) return;
  void* (*function)(void*, void*, void*, void*, void*, void*, void*) = NULL;
  *(void**)&function = dlsym(RTLD_DEFAULT, name);
  if (function != NULL) function(NULL, NULL, NULL, NULL, NULL, NULL, NULL);
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  (void)tv;
  (void)f;
  (void)p;
  (void)user;
  CallWithNull("null.in_update");
}

static void Init(void) {
  SCThreadStorageRegister("null", free);
  SCFlowStorageRegister("null", free);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
  CallWithNull("null.function");
}

NORMAL_PLUGIN("null_arguments", Init)
