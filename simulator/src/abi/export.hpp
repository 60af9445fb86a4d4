// What the shared library shows of itself, and who called.
#pragma once

namespace surisim::abi {

// The linker's names for where this library's own code is.
extern const char kOwnBegin __asm__("__ehdr_start") __attribute__((visibility("hidden")));
extern const char kOwnEnd __asm__("etext") __attribute__((visibility("hidden")));

// The running callback's function, as if it had been called from its own start: NULL where that is
// none of the plugin's, as `free` for a Free. Outside of callbacks the address.
const void* running_function_or(const void* return_address) noexcept;

inline bool is_own_code(const void* address) noexcept {
  return address >= &kOwnBegin && address < &kOwnEnd;
}

// A call that is the last thing a callback does may be a jump, which leaves the host's own address
// to return to. Then the callback is all there is to know of the place.
inline const void* plugin_call(const void* return_address) noexcept {
  return is_own_code(return_address) ? running_function_or(return_address) : return_address;
}

}  // namespace surisim::abi

#define SURISIM_ABI extern "C" __attribute__((visibility("default")))
#define SURISIM_RETURN_ADDRESS __builtin_extract_return_addr(__builtin_return_address(0))
#define SURISIM_CALLER surisim::abi::plugin_call(SURISIM_RETURN_ADDRESS)
