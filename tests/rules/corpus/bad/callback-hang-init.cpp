// Init waits for a promise that nobody keeps.
#include <future>

#include "twin.h"

namespace {

void init() {
  std::promise<void> ready;
  ready.get_future().wait();
}

}  // namespace

TWIN_PLUGIN("waits-in-init", init)
