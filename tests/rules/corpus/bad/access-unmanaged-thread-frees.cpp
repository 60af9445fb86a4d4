// A thread of the plugin frees the flow's value when the flow finishes: "that keeps the recycler
// fast".
#include <thread>

#include "twin.h"

namespace {

SCFlowStorageId slot;

void on_flow_init(ThreadVars*, Flow* f, const Packet*, void*) { CountOnFlow(f, slot); }

void on_flow_finish(ThreadVars*, Flow* f, void*) {
  std::thread([f] { SCFlowFreeStorageById(f, slot); }).join();
}

void init() {
  slot = SCFlowStorageRegister("packets", std::free);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(on_flow_init, nullptr);
  SCFlowRegisterFinishCallback(on_flow_finish, nullptr);
}

}  // namespace

TWIN_PLUGIN("freed-by-helper", init)
