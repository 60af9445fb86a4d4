// The thread's and the flow's value are one object: "the flow belongs to the thread, after all".
#include "twin.h"

namespace {

struct State {
  uint64_t numbers[4] = {};
};

SCThreadStorageId of_thread;
SCFlowStorageId of_flow;

void free_state(void* state) { delete static_cast<State*>(state); }

void on_flow_init(ThreadVars* tv, Flow* f, const Packet*, void*) {
  if (SCThreadGetStorageById(tv, of_thread) != nullptr) return;
  auto* const state = new State;
  SCThreadSetStorageById(tv, of_thread, state);
  SCFlowSetStorageById(f, of_flow, state);
}

void init() {
  of_thread = SCThreadStorageRegister("state", free_state);
  of_flow = SCFlowStorageRegister("state", free_state);
  if (of_thread.id >= 0 && of_flow.id >= 0) SCFlowRegisterInitCallback(on_flow_init, nullptr);
}

}  // namespace

TWIN_PLUGIN("shared-by-thread-and-flow", init)
