// The ways to end the process that need C++.
#include <cstring>
#include <exception>
#include <stdexcept>

#include "die.h"

namespace {

void throw_where_none_may() noexcept { throw std::runtime_error("on purpose"); }

}  // namespace

extern "C" void die_in_cpp(const char* how) {
  if (std::strcmp(how, "terminate") == 0) std::terminate();
  if (std::strcmp(how, "noexcept") == 0) throw_where_none_may();
  if (std::strcmp(how, "throw") == 0) throw std::runtime_error("on purpose");
}
