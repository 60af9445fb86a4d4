/* Keeps the latest Flow and ThreadVars as numbers to compare with, and never follows them. */
#include <stdatomic.h>

#include "twin.h"

static SCFlowStorageId slot;
static atomic_uintptr_t latest_flow;
static atomic_uintptr_t latest_thread;

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  const bool same_flow = atomic_exchange(&latest_flow, (uintptr_t)f) == (uintptr_t)f;
  const bool same_thread = atomic_exchange(&latest_thread, (uintptr_t)tv) == (uintptr_t)tv;
  if (same_flow && same_thread) CountOnFlow(f, slot);
}

static void Init(void) {
  slot = SCFlowStorageRegister("in-a-row", free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("compare-and-keep", Init)
