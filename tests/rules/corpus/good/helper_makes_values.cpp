// A helper thread works for one flow, which waits for it; it does not access Suricata's storage.
#include <future>
#include <memory>

#include "twin.h"

namespace {

SCFlowStorageId slot;

void on_flow_init(ThreadVars*, Flow* f, const Packet*, void*) {
  const unsigned port = f->dp;
  auto made = std::async(std::launch::async, [port] { return std::make_unique<unsigned>(port); });
  SCFlowSetStorageById(f, slot, made.get().release());
}

void init() {
  slot = SCFlowStorageRegister("port", [](void* port) { delete static_cast<unsigned*>(port); });
  if (slot.id >= 0) SCFlowRegisterInitCallback(on_flow_init, nullptr);
}

}  // namespace

TWIN_PLUGIN("helper-makes-values", init)
