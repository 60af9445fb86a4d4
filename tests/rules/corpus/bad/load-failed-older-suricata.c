/* A function of Suricata 7, which has a different name in 8 and 9. */
#include "twin.h"

int ConfGet(const char* name, const char** value);

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  const char* value = NULL;
  if (ConfGet("something", &value) != 0) SCLogInfo("found something");
}

static void Init(void) { SCFlowRegisterInitCallback(OnFlowInit, NULL); }

TWIN_PLUGIN("older-function", Init)
