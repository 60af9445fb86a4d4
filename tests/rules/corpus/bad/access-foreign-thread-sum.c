/* The thread init callback adds up the counts of earlier threads, which are already running. */
#include "twin.h"

enum { kMost = 256 };

static SCThreadStorageId slot;
static ThreadVars* all[kMost];
static unsigned count;

static void OnThreadInit(ThreadVars* tv, void* user) {
  uint64_t sum = 0;
  for (unsigned i = 0; i < count; ++i) {
    const uint64_t* flows = SCThreadGetStorageById(all[i], slot);
    if (flows != NULL) sum += *flows;
  }
  if (sum > 1000) SCLogInfo("much going on");
  if (count < kMost) all[count++] = tv;
  CountOnThread(tv, slot);
}

static void Init(void) {
  slot = SCThreadStorageRegister("flows", free);
  if (slot.id >= 0) SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

TWIN_PLUGIN("sum-of-threads", Init)
