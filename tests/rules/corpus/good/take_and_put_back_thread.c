/* The same with a thread's value, across helper functions, made in thread init. */
#include "twin.h"

static SCThreadStorageId slot;

static uint64_t* Take(ThreadVars* tv) {
  uint64_t* count = SCThreadGetStorageById(tv, slot);
  SCThreadSetStorageById(tv, slot, NULL);
  return count;
}

static void OnThreadInit(ThreadVars* tv, void* user) {
  SCThreadSetStorageById(tv, slot, calloc(1, sizeof(uint64_t)));
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  uint64_t* count = Take(tv);
  if (count == NULL) return;
  ++*count;
  SCThreadSetStorageById(tv, slot, count);
}

static void Init(void) {
  slot = SCThreadStorageRegister("count", free);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("take-and-put-back-thread", Init)
