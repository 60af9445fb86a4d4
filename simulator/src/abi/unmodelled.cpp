// Defines the functions of Suricata that do nothing here.
#include "abi/unmodelled.hpp"

#include "abi/host_function.hpp"
#include "abi/process_state.hpp"

namespace {

// 0, NULL or false, whichever of these a function returns: both registers of a result.
struct Nothing {
  long low;
  long high;
};

Nothing called(const char* function, const void* caller) {
  surisim::abi::notify(surisim::abi::UnmodelledCall{function, caller});
  return {0, 0};
}

}  // namespace

#define SURISIM_DEFINE(name) \
  SURISIM_ABI Nothing name() { return called(#name, SURISIM_CALLER); }
SURISIM_UNMODELLED_FUNCTIONS(SURISIM_DEFINE)
#undef SURISIM_DEFINE
