// A member function that was declared but never defined.
#include "twin.h"

namespace my {

class Engine {
 public:
  void start();
};

}  // namespace my

namespace {

void init() { my::Engine().start(); }

}  // namespace

TWIN_PLUGIN("missing-member", init)
