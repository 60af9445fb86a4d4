// Shared by all C functions of the host: how they are exported, who has called them, and that what
// they allocate is the host's.
//
// When:    in a function of the host, malloc and mmap included; authors_call() also later, with an
//          address that was noted in one.
// Owner:   nothing is kept.
// Threads: any; not from a signal handler.
#pragma once

#include <unwind.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "base/host_scope.hpp"
#include "base/mutex.hpp"
#include "trace/context.hpp"

namespace surisim::abi {

using base::host_depth;
using base::HostScope;
using base::is_own_code;

// The plugin's call on whose behalf this thread runs a function of the host, out of an answer that
// a test has put in its place (answers.hpp); NULL: none.
inline thread_local const void* answered_call __attribute__((tls_model("initial-exec"))) = nullptr;

// The running callback's function, or that of a thread which a plugin has started, as if it had
// been called from its own start; NULL if that function is not the plugin's, such as `free` for a
// Free. Elsewhere: `return_address`.
const void* running_function_or(const void* return_address) noexcept;

// The plugin's call that returns to `return_address`. The last call of a callback may be compiled
// to a jump, which leaves the host's own address to return to: then only the callback is known.
inline const void* plugin_call(const void* return_address) noexcept {
  return is_own_code(return_address) ? running_function_or(return_address) : return_address;
}

// Calls `visit` with the return address of each frame of this thread, from `from` outwards, until
// it says false.
template <class Visit>
void walk_stack(const void* from, Visit visit) {
  struct Walk {
    const void* from;
    Visit& visit;
    bool reached;
  } state{from, visit, false};
  const base::NoPoints no_points;  // the unwinder has functions that run once
  _Unwind_Backtrace(
      [](_Unwind_Context* frame, void* data) {
        auto& walk = *static_cast<Walk*>(data);
        const auto* const at = reinterpret_cast<const void*>(_Unwind_GetIP(frame));
        walk.reached = walk.reached || at == walk.from;
        if (!walk.reached) return _URC_NO_REASON;
        bool more = false;
        if constexpr (std::is_invocable_v<Visit, const void*, std::uintptr_t>)
          more = walk.visit(at, _Unwind_GetCFA(frame));
        else
          more = walk.visit(at);
        return more ? _URC_NO_REASON : _URC_NORMAL_STOP;
      },
      &state);
}

// The innermost call on this thread's stack, from the one that returns to this address outwards, in
// a line of the plugin's author: not in the C++ wrappers or a standard library. If there is no such
// call, or no debug information: the address itself. For a call in libc or libstdc++: the call
// around it, or NULL; the stack must still be there.
const void* authors_call(const void* return_address);

// The calls on this thread's stack from the one that returns to this address outwards, to the
// callback's or the plugin's own thread's first function; empty if it is not on the stack. At most
// `most`.
std::vector<const void*> calls_from(const void* return_address, std::size_t most);

// Notes where the code of this library is, and that of the libraries which both Suricata and
// plugins use, of all that is loaded now. [main] before plugins are loaded
void map_libraries();

// After map_libraries(): neither this library's code, nor a library's that both use.
bool is_plugins_code(const void* address) noexcept;

// The plugin's call that led to an allocation, after map_libraries(). `caller`: of malloc, which is
// not enough: Suricata and plugins call the same libraries. NULL: the allocation is the
// simulator's, or the dynamic linker's, which ends the process when it gets no memory. Allocates
// nothing and never waits.
const void* allocation_origin(const void* caller) noexcept;

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

// Notes that `function` got NULL as `argument`, and crashes as Suricata would, which does not check
// it either. Both are string literals.
[[noreturn]] void crash_on_null(const char* function, const char* argument) noexcept;

}  // namespace surisim::abi

#define SURISIM_ABI extern "C" __attribute__((visibility("default")))
#define SURISIM_RETURN_ADDRESS __builtin_extract_return_addr(__builtin_return_address(0))
// For an argument that Suricata reads unchecked: a crash because of NULL says which one it was.
#define SURISIM_NOT_NULL(argument)        \
  if ((argument) == nullptr) [[unlikely]] \
  surisim::abi::crash_on_null(__func__, #argument)
#define SURISIM_CALLER surisim::abi::plugin_call(SURISIM_RETURN_ADDRESS)
