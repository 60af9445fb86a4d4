// The flow's value is read on a background thread, while the callback waits for the result.
#include <future>

#include "twin.h"

namespace {

SCFlowStorageId slot;

void on_flow_update(ThreadVars*, Flow* f, Packet*, void*) {
  CountOnFlow(f, slot);
  auto found = std::async(std::launch::async, [f] { return SCFlowGetStorageById(f, slot); });
  if (found.get() == nullptr) SCLogInfo("nothing counted");
}

void init() {
  slot = SCFlowStorageRegister("packets", std::free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(on_flow_update, nullptr);
}

}  // namespace

TWIN_PLUGIN("async-lookup", init)
