/* An assertion that fails. */
#include "twin.h"

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  if (strncmp(tv->name, "W#", 2) != 0) abort(); /* "finish runs on workers" */
}

static void Init(void) { SCFlowRegisterFinishCallback(OnFlowFinish, NULL); }

TWIN_PLUGIN("aborts", Init)
