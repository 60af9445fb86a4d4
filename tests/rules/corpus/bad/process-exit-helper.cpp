// A thread of the plugin ends the process.
#include <cstdlib>
#include <thread>

#include "twin.h"

namespace {

void on_flow_init(ThreadVars*, Flow*, const Packet*, void*) {
  std::thread([] { std::_Exit(4); }).join();
}

void init() { SCFlowRegisterInitCallback(on_flow_init, nullptr); }

}  // namespace

TWIN_PLUGIN("helper-exits", init)
