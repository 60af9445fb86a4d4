// Init waits for a promise that is never set. options: --timeout 1
#include <future>

#include "twin.h"

namespace {

void init() {
  std::promise<void> ready;
  ready.get_future().wait();
}

}  // namespace

TWIN_PLUGIN("waits-in-init", init)
