// What the C functions of the host have in common: how they are exported, who has called them, and
// that what they do meanwhile is the host's doing.
//
// When:    in a function of the host; authors_call() also about an address that was noted in one.
// Owner:   nothing is kept.
// Threads: any; not from a signal handler.
#pragma once

#include <atomic>

#include "trace/context.hpp"

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

// True while storage reads are checked. Apart from the process state, for the hot path.
extern std::atomic<bool> g_watched;
inline bool watched() noexcept { return g_watched.load(std::memory_order_relaxed); }

// Notes for the journal what the plugin called last. `function`: a string literal, or __func__.
// Calls that the engine makes itself are not noted.
inline void note_call(const char* function) noexcept {
  if (!watched()) return;
  const engine::Context* const mine = engine::context();
  if (mine == nullptr || mine->journal == nullptr) return;
  if (mine->callback != JournalCallback::none) mine->journal->called(function);
}

// How many functions of the host that allocate the calling thread is in.
inline thread_local int host_depth __attribute__((tls_model("initial-exec"))) = 0;

// For the length of a scope, what this thread allocates is the host's and not the plugin's.
class HostScope {
 public:
  HostScope() noexcept { ++host_depth; }
  ~HostScope() { --host_depth; }
  HostScope(const HostScope&) = delete;
  HostScope& operator=(const HostScope&) = delete;
};

}  // namespace surisim::abi

#define SURISIM_ABI extern "C" __attribute__((visibility("default")))
#define SURISIM_RETURN_ADDRESS __builtin_extract_return_addr(__builtin_return_address(0))
#define SURISIM_CALLER surisim::abi::plugin_call(SURISIM_RETURN_ADDRESS)
