// Free only counts; finish takes the value over and deletes it.
#include <atomic>
#include <memory>

#include "twin.h"

namespace {

struct State {
  unsigned packets = 0;
};

SCFlowStorageId slot;
std::atomic<unsigned> unfinished;

void on_flow_update(ThreadVars*, Flow* f, Packet*, void*) {
  auto* state = static_cast<State*>(SCFlowGetStorageById(f, slot));
  if (state == nullptr) {
    state = new State;
    SCFlowSetStorageById(f, slot, state);
  }
  ++state->packets;
}

void on_flow_finish(ThreadVars*, Flow* f, void*) {
  const std::unique_ptr<State> state(static_cast<State*>(SCFlowGetStorageById(f, slot)));
  SCFlowSetStorageById(f, slot, nullptr);
}

void init() {
  slot = SCFlowStorageRegister("state", [](void*) { ++unfinished; });
  if (slot.id < 0) return;
  SCFlowRegisterUpdateCallback(on_flow_update, nullptr);
  SCFlowRegisterFinishCallback(on_flow_finish, nullptr);
}

}  // namespace

TWIN_PLUGIN("free-only-counts", init)
