// The slot holds a shared_ptr: one object on all flows, owned by all of them and by the plugin.
#include <memory>
#include <string>

#include "twin.h"

namespace {

using Shared = std::shared_ptr<const std::string>;

SCFlowStorageId slot;
Shared settings;

void free_shared(void* value) { delete static_cast<Shared*>(value); }

void on_flow_init(ThreadVars*, Flow* f, const Packet*, void*) {
  SCFlowSetStorageById(f, slot, new Shared(settings));
}

void init() {
  slot = SCFlowStorageRegister("settings", free_shared);
  settings = std::make_shared<const std::string>("settings that are too long for a small string");
  if (slot.id >= 0) SCFlowRegisterInitCallback(on_flow_init, nullptr);
}

}  // namespace

TWIN_PLUGIN("shared-ptr", init)
