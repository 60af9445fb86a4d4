// What all C functions of the host use: to be exported, to note that a plugin has called them, and
// to crash on NULL.
//
// When:    in a function of the host, malloc and mmap included.
// Owner:   nothing is kept.
// Threads: any; not from a signal handler.
#pragma once

#include <atomic>

#include "abi/callers.hpp"
#include "base/host_scope.hpp"
#include "trace/context.hpp"

namespace surisim::abi {

using base::host_depth;
using base::HostScope;

// True while storage reads are checked. Not in the process state, for the hot path.
extern std::atomic<bool> g_watched;
inline bool watched() noexcept { return g_watched.load(std::memory_order_relaxed); }

// Notes in the journal the function that the plugin called last. `function`: a string literal, or
// __func__. Calls that the engine makes itself are not noted.
inline void note_call(const char* function) noexcept {
  if (!watched()) return;
  engine::note_constructor("called Suricata");
  const engine::Context* const mine = engine::context();
  if (mine == nullptr || mine->journal == nullptr) return;
  if (mine->callback != JournalCallback::none) mine->journal->called(function);
}

// Notes that `function` got NULL as `argument`, and crashes like Suricata, which does not check it.
// Both are string literals.
[[noreturn]] void crash_on_null(const char* function, const char* argument) noexcept;

}  // namespace surisim::abi

#define SURISIM_ABI extern "C" __attribute__((visibility("default")))
#define SURISIM_RETURN_ADDRESS __builtin_extract_return_addr(__builtin_return_address(0))
// For an argument that Suricata dereferences unchecked: the report of the crash names it.
#define SURISIM_NOT_NULL(argument)        \
  if ((argument) == nullptr) [[unlikely]] \
  surisim::abi::crash_on_null(__func__, #argument)
#define SURISIM_CALLER surisim::abi::plugin_call(SURISIM_RETURN_ADDRESS)
