/* The EVE callback is registered by the recycler, at the first flow that finishes. */
#include <stdatomic.h>

#include "twin.h"

static atomic_flag registered = ATOMIC_FLAG_INIT;

static void OnRecord(ThreadVars* tv, const Packet* p, Flow* f, SCJsonBuilder* jb, void* user) {
  SCJbSetUint(jb, "late", 1);
}

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  if (!atomic_flag_test_and_set(&registered)) SCEveRegisterCallback(OnRecord, NULL);
}

static void Init(void) { SCFlowRegisterFinishCallback(OnFlowFinish, NULL); }

TWIN_PLUGIN("late-eve", Init)
