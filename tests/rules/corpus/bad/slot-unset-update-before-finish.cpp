// Finish creates the counters, on the recycler; packets read them on their worker.
#include "twin.h"

namespace {

SCThreadStorageId slot;

void on_flow_finish(ThreadVars* tv, Flow*, void*) { CountOnThread(tv, slot); }

void on_flow_update(ThreadVars* tv, Flow*, Packet*, void*) {
  if (auto* count = static_cast<uint64_t*>(SCThreadGetStorageById(tv, slot))) ++*count;
}

void init() {
  slot = SCThreadStorageRegister("counters", std::free);
  if (slot.id < 0) return;
  SCFlowRegisterUpdateCallback(on_flow_update, nullptr);
  SCFlowRegisterFinishCallback(on_flow_finish, nullptr);
}

}  // namespace

TWIN_PLUGIN("set-by-recycler-only", init)
