// Who made a call: the plugin, and where in it.
//
// When:    in a function of the host, or about an address that was noted in one.
// Owner:   nothing is kept.
// Threads: any; not from a signal handler.
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

// The innermost call on this thread's stack, from the one that returns to this address outwards,
// that stands in a line of the plugin's author, and not of the C++ wrappers or a standard library.
// The address itself where there is no such call, or no debug information. A call that stands in
// libc or libstdc++ is none of the author's: the one around it, or NULL, while the stack is there.
const void* authors_call(const void* return_address);

}  // namespace surisim::abi

#define SURISIM_RETURN_ADDRESS __builtin_extract_return_addr(__builtin_return_address(0))
#define SURISIM_CALLER surisim::abi::plugin_call(SURISIM_RETURN_ADDRESS)
