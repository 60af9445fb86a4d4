// Finds the author's call where the address at hand is not it: in Rust's standard library, which
// is compiled into each plugin; and where a function's last call is compiled to a jump.
//
// When:    rust_call_of() inside malloc and free; the rest when a violation is described.
// Owner:   what is known of an address is cached for the life of the process.
// Threads: any; not from a signal handler.
#pragma once

#include <string>

namespace surisim::abi {

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
