// The value is freed by SCFlowFreeStorageById in an update; its destructor empties the slot.
#include "twin.h"

namespace {

SCFlowStorageId slot;

struct State {
  explicit State(Flow* flow) : f(flow) {}
  ~State() { SCFlowSetStorageById(f, slot, nullptr); }
  Flow* f;
};

void on_flow_update(ThreadVars*, Flow* f, Packet*, void*) {
  if (SCFlowGetStorageById(f, slot) == nullptr) {
    SCFlowSetStorageById(f, slot, new State(f));
  } else {
    SCFlowFreeStorageById(f, slot);
  }
}

void init() {
  slot = SCFlowStorageRegister("state", [](void* state) { delete static_cast<State*>(state); });
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(on_flow_update, nullptr);
}

}  // namespace

TWIN_PLUGIN("destructor-empties-slot", init)
