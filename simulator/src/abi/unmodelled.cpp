// Defines functions and data that exist only so that plugins load. Source of the data: runmodes.c.
#include "abi/unmodelled.hpp"

#include <suricata/runmodes.h>

#include "abi/host_function.hpp"
#include "abi/process_state.hpp"

namespace {

// Zero in both result registers: 0, NULL or false, whatever the function returns.
struct Nothing {
  long low;
  long high;
};

Nothing called(const char* function, const void* caller) {
  surisim::abi::notify(surisim::abi::UnmodelledCall{function, caller});
  return {0, 0};
}

}  // namespace

extern "C" __attribute__((visibility("hidden"))) Nothing surisim_stand_in_called(
    const char* function, const void* return_address) {
  return called(function, surisim::abi::plugin_call(
                              __builtin_extract_return_addr(const_cast<void*>(return_address))));
}

#define SURISIM_DEFINE(name) \
  SURISIM_ABI Nothing name() { return called(#name, SURISIM_CALLER); }
SURISIM_UNMODELLED_FUNCTIONS(SURISIM_DEFINE)
#undef SURISIM_DEFINE

namespace surisim::abi {

void (*unmodelled_function(std::string_view name))() {
#define SURISIM_ADDRESS(function) reinterpret_cast<void (*)()>(&::function),
  static void (*const functions[])() = {SURISIM_UNMODELLED_FUNCTIONS(SURISIM_ADDRESS)};
#undef SURISIM_ADDRESS
  const auto* const found = std::lower_bound(kUnmodelled.begin(), kUnmodelled.end(), name);
  if (found == kUnmodelled.end() || *found != name) return nullptr;
  return functions[found - kUnmodelled.begin()];
}

}  // namespace surisim::abi

const char* thread_name_autofp = "RX";
const char* thread_name_single = "W";
const char* thread_name_workers = "W";
const char* thread_name_verdict = "TX";
const char* thread_name_flow_mgr = "FM";
const char* thread_name_flow_rec = "FR";
const char* thread_name_flow_bypass = "FB";
const char* thread_name_unix_socket = "US";
const char* thread_name_detect_loader = "DL";
const char* thread_name_counter_stats = "CS";
const char* thread_name_counter_wakeup = "CW";
const char* thread_name_heartbeat = "HB";
