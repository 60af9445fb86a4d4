// The value is taken out as if with .release(), and never deleted.
#include <memory>

#include "twin.h"

namespace {

struct State {
  unsigned packets = 0;
};

SCFlowStorageId slot;

void on_flow_init(ThreadVars*, Flow* f, const Packet*, void*) {
  SCFlowSetStorageById(f, slot, std::make_unique<State>().release());
}

void on_flow_update(ThreadVars*, Flow* f, Packet*, void*) {
  std::unique_ptr<State> state(static_cast<State*>(SCFlowGetStorageById(f, slot)));
  if (state == nullptr) return;
  if (++state->packets == 2) SCFlowSetStorageById(f, slot, nullptr);
  state.release();  // the slot's, as long as it is in the slot
}

void init() {
  slot = SCFlowStorageRegister("state", [](void* state) { delete static_cast<State*>(state); });
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(on_flow_init, nullptr);
  SCFlowRegisterUpdateCallback(on_flow_update, nullptr);
}

}  // namespace

TWIN_PLUGIN("released-for-good", init)
