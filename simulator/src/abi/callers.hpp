// Finds who has called a function of the host: the plugin's call, its author's line, the plugin
// that an allocation belongs to. The address at hand is not the author's call in Rust's standard
// library, which is compiled into each plugin, and where a function's last call is compiled to a
// jump.
//
// When:    in a function of the host, malloc and mmap included; authors_call() and what describes a
//          violation also later, with an address that was noted in one.
// Owner:   what is known of an address is cached for the life of the process.
// Threads: any; not from a signal handler.
#pragma once

#include <unwind.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "base/host_scope.hpp"
#include "base/mutex.hpp"

namespace surisim::abi {

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

// The innermost call on this thread's stack, from the one that returns to this address outwards,
// that is not in Rust's standard library. The address itself if it is not there either. Only for a
// plugin's code: while this library looks up an address it allocates, with a lock held.
const void* rust_call_of(const void* return_address) noexcept;

// The function of Rust's standard library that this call of the author's leads to, by its type:
// "<alloc::boxed::Box<State>>::new"; inlined or not. Empty: none, or it is not known.
std::string rust_function_called(const void* return_address);

// `place` may stand for a whole function (running_function_or). If exactly one of the function's
// last calls, compiled to a jump, leads to the host, directly or through another such jump: the
// address behind that jump. Else `place`.
const void* last_call_of(const void* place);

}  // namespace surisim::abi
