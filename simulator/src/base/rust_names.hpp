// Demangles the names of Rust's functions: both manglings, v0 ("_R…") and the legacy one
// ("_ZN…17h…E"), which is C++'s with a hash at its end.
//
// When:    at any time.
// Owner:   values.
// Threads: any; not from a signal handler.
// Source:  Rust RFC 2603 for v0.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace surisim::base {

// "mycrate::parse::<u32>" of a Rust symbol, without hashes; nothing for other symbols, and for
// malformed ones. `symbol` has no suffix of a compiler (without_suffix).
std::optional<std::string> demangled_rust(std::string_view symbol);

// The symbol without the ".llvm.1234" that LLVM appends to names which it has made global.
std::string_view without_suffix(std::string_view symbol);

}  // namespace surisim::base
