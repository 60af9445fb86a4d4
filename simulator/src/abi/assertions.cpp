// The function that a plugin's assertions call, if it exists (surisim/assert.h).
#include <fmt/core.h>

#include <string>

#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "surisim/assert.h"

SURISIM_ABI void surisim_assert_failed(const char* condition, const char* file, int line) {
  using namespace surisim::abi;
  const void* const caller = SURISIM_CALLER;
  const HostScope host;
  const std::string message = fmt::format("`{}` does not hold ({}:{})", condition, file, line);
  notify(AssertionFailed{message.c_str(), caller});
}
