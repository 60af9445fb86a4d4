// quick_exit in finish, with status 0: "all is well, there is nothing more to do".
#include <cstdlib>

#include "twin.h"

namespace {

void on_flow_finish(ThreadVars*, Flow*, void*) { std::quick_exit(0); }

void init() { SCFlowRegisterFinishCallback(on_flow_finish, nullptr); }

}  // namespace

TWIN_PLUGIN("quick-exit", init)
