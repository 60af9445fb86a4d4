// A larger buffer replaces the flow's first one, which is lost with everything that it owns.
#include <vector>

#include "twin.h"

namespace {

using Buffer = std::vector<char>;

SCFlowStorageId slot;

void OnFlowInit(ThreadVars*, Flow* f, const Packet*, void*) {
  SCFlowSetStorageById(f, slot, new Buffer(16));
}

void OnFlowUpdate(ThreadVars*, Flow* f, Packet*, void*) {
  if (SCFlowGetToServerPacketCount(f) == 3) SCFlowSetStorageById(f, slot, new Buffer(64));
}

void Init() {
  slot = SCFlowStorageRegister("inner", [](void* value) { delete static_cast<Buffer*>(value); });
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, nullptr);
  SCFlowRegisterUpdateCallback(OnFlowUpdate, nullptr);
}

}  // namespace

TWIN_PLUGIN("value-overwritten-inner", Init)
