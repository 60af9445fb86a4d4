// finish deletes the value, through a unique_ptr that takes it over.
#include <memory>
#include <vector>

#include "twin.h"

namespace {

using State = std::vector<unsigned>;

SCFlowStorageId slot;

void on_flow_init(ThreadVars*, Flow* f, const Packet*, void*) {
  SCFlowSetStorageById(f, slot, new State(16));
}

void on_flow_finish(ThreadVars*, Flow* f, void*) {
  const std::unique_ptr<State> state(static_cast<State*>(SCFlowGetStorageById(f, slot)));
}

void init() {
  slot = SCFlowStorageRegister("state", [](void* state) { delete static_cast<State*>(state); });
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(on_flow_init, nullptr);
  SCFlowRegisterFinishCallback(on_flow_finish, nullptr);
}

}  // namespace

TWIN_PLUGIN("taken-over-in-finish", init)
