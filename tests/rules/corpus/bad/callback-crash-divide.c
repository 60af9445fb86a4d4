/* The mean of no values: a division by zero. */
#include "twin.h"

static volatile unsigned count;

static void OnRecord(ThreadVars* tv, const Packet* p, Flow* f, SCJsonBuilder* jb, void* user) {
  SCJbSetUint(jb, "mean", 100U / count);
}

static void Init(void) { SCEveRegisterCallback(OnRecord, NULL); }

TWIN_PLUGIN("divides", Init)
