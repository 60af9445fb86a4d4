// A value owns two objects of one size, both from `new`: one is freed at every end, one at none.
// What the flow finish callback frees of the first says nothing about the second.
#include "twin.h"

namespace {

struct Names {
  char text[40];
};
struct Addresses {
  char bytes[40];
};
struct State {
  Names* names = nullptr;
  Addresses* addresses = nullptr;
};

SCFlowStorageId slot;

void on_flow_init(ThreadVars*, Flow* f, const Packet*, void*) {
  auto* const state = new State;
  state->names = new Names;
  state->addresses = new Addresses;
  SCFlowSetStorageById(f, slot, state);
}

void on_flow_finish(ThreadVars*, Flow* f, void*) {
  auto* const state = static_cast<State*>(SCFlowGetStorageById(f, slot));
  if (state == nullptr) return;
  delete state->names;
  state->names = nullptr;
}

void free_state(void* value) {
  auto* const state = static_cast<State*>(value);
  delete state->names;
  delete state;
}

void init() {
  slot = SCFlowStorageRegister("two-of-one-size", free_state);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(on_flow_init, nullptr);
  SCFlowRegisterFinishCallback(on_flow_finish, nullptr);
}

}  // namespace

TWIN_PLUGIN("second-of-two-sizes", init)
