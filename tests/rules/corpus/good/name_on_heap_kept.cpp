// The slot's name is on the heap, in a string that lives as long as the library.
#include <string>

#include "twin.h"

namespace {

std::string name;
char* copy;
SCFlowStorageId slot;
SCThreadStorageId thread_slot;

void on_flow_init(ThreadVars* tv, Flow* f, const Packet*, void*) {
  CountOnFlow(f, slot);
  CountOnThread(tv, thread_slot);
}

void init() {
  name = "a name that is too long for a small string, version " + std::to_string(2);
  copy = strdup(name.c_str());  // kept for good
  slot = SCFlowStorageRegister(name.c_str(), std::free);
  thread_slot = SCThreadStorageRegister(copy, std::free);
  if (slot.id >= 0 && thread_slot.id >= 0) SCFlowRegisterInitCallback(on_flow_init, nullptr);
}

}  // namespace

TWIN_PLUGIN("name-on-heap-kept", init)
