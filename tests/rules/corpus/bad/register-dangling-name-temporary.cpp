// The name is in a temporary string, long enough to be on the heap.
#include <string>

#include "twin.h"

namespace {

SCFlowStorageId slot;

void on_flow_update(ThreadVars*, Flow* f, Packet*, void*) { CountOnFlow(f, slot); }

void init() {
  const std::string base = "packets of a plugin with a long name, version ";
  slot = SCFlowStorageRegister((base + std::to_string(2)).c_str(), std::free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(on_flow_update, nullptr);
}

}  // namespace

TWIN_PLUGIN("name-of-temporary", init)
