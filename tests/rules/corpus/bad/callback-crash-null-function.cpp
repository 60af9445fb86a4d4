// Calls a function pointer that was never set.
#include <atomic>

#include "twin.h"

namespace {

void (*volatile handler)(const Flow*);

std::atomic<int> handled;

void on_flow_init(ThreadVars*, Flow* f, const Packet*, void*) {
  handler(f);
  ++handled;
}

void init() { SCFlowRegisterInitCallback(on_flow_init, nullptr); }

}  // namespace

TWIN_PLUGIN("calls-null", init)
