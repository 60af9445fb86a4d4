// In finish the flow's value is replaced by its final form; the first is never deleted.
#include <string>

#include "twin.h"

namespace {

SCFlowStorageId slot;

void on_flow_init(ThreadVars* tv, Flow* f, const Packet*, void*) {
  SCFlowSetStorageById(f, slot, new std::string(tv->name));
}

void on_flow_finish(ThreadVars* tv, Flow* f, void*) {
  SCFlowSetStorageById(f, slot, new std::string(std::string("finished on ") + tv->name));
}

void init() {
  slot = SCFlowStorageRegister("form", [](void* form) { delete static_cast<std::string*>(form); });
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(on_flow_init, nullptr);
  SCFlowRegisterFinishCallback(on_flow_finish, nullptr);
}

}  // namespace

TWIN_PLUGIN("overwritten-in-finish", init)
