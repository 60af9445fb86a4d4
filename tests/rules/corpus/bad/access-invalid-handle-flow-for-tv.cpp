// A helper takes void*: it gets a flow but expects a thread.
#include "twin.h"

namespace {

SCThreadStorageId slot;

void count(void* thread) {
  if (SCThreadGetStorageById(static_cast<ThreadVars*>(thread), slot) == nullptr)
    SCLogDebug("nothing yet");
}

void on_flow_init(ThreadVars* tv, Flow* f, const Packet*, void*) {
  CountOnThread(tv, slot);
  count(f);
}

void init() {
  slot = SCThreadStorageRegister("count", std::free);
  if (slot.id >= 0) SCFlowRegisterInitCallback(on_flow_init, nullptr);
}

}  // namespace

TWIN_PLUGIN("flow-for-tv", init)
