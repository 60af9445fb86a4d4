// std::optional::value() of an empty optional, in finish, two calls deep.
#include <optional>

#include "twin.h"

namespace {

std::optional<unsigned> port_of_service(const Flow* f) {
  if (f->dp == 0) return 1;
  return std::nullopt;
}

unsigned service(const Flow* f) { return port_of_service(f).value(); }

void on_flow_finish(ThreadVars*, Flow* f, void*) {
  if (service(f) == 1) SCLogDebug("a service");
}

void init() { SCFlowRegisterFinishCallback(on_flow_finish, nullptr); }

}  // namespace

TWIN_PLUGIN("throws-in-finish", init)
