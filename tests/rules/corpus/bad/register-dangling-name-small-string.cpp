// The name is in a local string, short enough to be stored on the stack.
#include <string>

#include "twin.h"

namespace {

SCThreadStorageId slot;

void on_flow_update(ThreadVars* tv, Flow*, Packet*, void*) { CountOnThread(tv, slot); }

void init() {
  std::string name = "packets";
  name += std::to_string(2);
  slot = SCThreadStorageRegister(name.c_str(), std::free);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(on_flow_update, nullptr);
}

}  // namespace

TWIN_PLUGIN("name-of-small-string", init)
