// Finds the plugin's call behind a call of a function of the host, for reports, and to decide
// whether an allocation is a plugin's. The return address alone is not enough: it may be in the C++
// wrappers, in Rust's standard library, which is compiled into each plugin, or in a library that
// Suricata uses too; and after a tail call it is the host's own.
//
// When:    in a function of the host, malloc and mmap included; authors_call() and what describes a
//          violation also later, with an address that was noted there.
// Owner:   results are cached for the life of the process.
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

// The plugin's call for which this thread runs a function of the host that an answer has called
// (answers.hpp); NULL: none.
inline thread_local const void* answered_call __attribute__((tls_model("initial-exec"))) = nullptr;

// The function of the running callback, or of the thread if a plugin started it, in the form of a
// return address at its start. NULL if that function is not the plugin's, such as `free` for a
// Free. Outside of both: `return_address`.
const void* running_function_or(const void* return_address) noexcept;

// The plugin's call that returns to `return_address`. After a tail call of a callback that is the
// host's own address: then only the callback is known.
inline const void* plugin_call(const void* return_address) noexcept {
  return is_own_code(return_address) ? running_function_or(return_address) : return_address;
}

// Calls `visit` with the return address of each frame of this thread, from `from` outwards, until
// it returns false.
template <class Visit>
void walk_stack(const void* from, Visit visit) {
  struct Walk {
    const void* from;
    Visit& visit;
    bool reached;
  } state{from, visit, false};
  const base::NoPoints no_points;  // the unwinder may hold locks
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

// The innermost call on this thread's stack, from the one that returns to this address outwards,
// that is in a line of the plugin's author: not in the C++ wrappers or a standard library. The
// address itself if there is no such call, or no debug information. For a call in libc or libstdc++
// the call of that library, or NULL; then the address must still be on the stack.
const void* authors_call(const void* return_address);

// The calls on this thread's stack, from the one that returns to this address outwards to the first
// function of the callback or of the plugin's thread, `most` at most. Empty if it is not on the
// stack.
std::vector<const void*> calls_from(const void* return_address, std::size_t most);

// Notes where the code of this library is, and of libraries that both Suricata and plugins use,
// among those that are loaded now. [main] before plugins are loaded
void map_libraries();

// After map_libraries(): true if the code is neither this library's, nor a library's that both use.
bool is_plugins_code(const void* address) noexcept;

// The plugin's call that led to an allocation, after map_libraries(). `caller`: the caller of
// malloc, which may be in a library that both Suricata and plugins use. NULL: the allocation is the
// simulator's, or the dynamic linker's, which ends the process when it gets no memory. Allocates
// nothing and never waits.
const void* allocation_origin(const void* caller) noexcept;

// The innermost call on this thread's stack, from the one that returns to this address outwards,
// that is not in Rust's standard library: often the address itself. Not to be called for this
// library's own allocations, which it may make while it looks up an address with a lock held.
const void* rust_call_of(const void* return_address) noexcept;

// The function of Rust's standard library, inlined or not, that this call of the author's goes to:
// "<alloc::boxed::Box<State>>::new". Empty: none, or it is not known.
std::string rust_function_called(const void* return_address);

// Finds the tail call if `place` stands for a whole function (running_function_or): the address
// after the jump, if exactly one of the function's tail calls leads to the host, directly or
// through others. Otherwise `place`.
const void* tail_call_of(const void* place);

}  // namespace surisim::abi
