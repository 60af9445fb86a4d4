// The flow's accessors are called on a background thread, while the callback waits for the result.
#include <future>

#include "twin.h"

namespace {

void on_flow_update(ThreadVars*, Flow* f, Packet*, void*) {
  auto port = std::async(std::launch::async, [f] { return SCFlowGetDestinationPort(f); });
  if (port.get() == 25) SCLogInfo("mail");
}

void init() { SCFlowRegisterUpdateCallback(on_flow_update, nullptr); }

}  // namespace

TWIN_PLUGIN("async-accessor", init)
