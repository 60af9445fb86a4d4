// Values that are aligned beyond what malloc gives, and arrays of them.
#include "twin.h"

namespace {

struct alignas(64) Line {
  uint64_t packets = 0;
};

SCFlowStorageId single;
SCFlowStorageId several;

void on_flow_init(ThreadVars*, Flow* f, const Packet*, void*) {
  SCFlowSetStorageById(f, single, new Line);
  SCFlowSetStorageById(f, several, new Line[3]);
}

void init() {
  single = SCFlowStorageRegister("line", [](void* line) { delete static_cast<Line*>(line); });
  several = SCFlowStorageRegister("lines", [](void* lines) { delete[] static_cast<Line*>(lines); });
  if (single.id >= 0 && several.id >= 0) SCFlowRegisterInitCallback(on_flow_init, nullptr);
}

}  // namespace

TWIN_PLUGIN("aligned-new", init)
