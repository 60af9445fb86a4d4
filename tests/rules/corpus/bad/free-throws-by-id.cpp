// The plugin calls the Free that throws, with SCFlowFreeStorageById.
#include "twin.h"

namespace {

SCFlowStorageId slot;

void free_value(void* value) {
  delete static_cast<int*>(value);
  throw "done";
}

void on_flow_init(ThreadVars*, Flow* f, const Packet*, void*) {
  SCFlowSetStorageById(f, slot, new int(1));
}

void on_flow_finish(ThreadVars*, Flow* f, void*) { SCFlowFreeStorageById(f, slot); }

void init() {
  slot = SCFlowStorageRegister("value", free_value);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(on_flow_init, nullptr);
  SCFlowRegisterFinishCallback(on_flow_finish, nullptr);
}

}  // namespace

TWIN_PLUGIN("throws-by-id", init)
