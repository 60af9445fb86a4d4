// Whether Options make sense: their values (surisim/options.hpp, check_options), and the capture
// file they name.
//
// When:    Runtime::create(), before anything is made.
// Owner:   values.
// Threads: any.
#pragma once

#include "surisim/error.hpp"
#include "surisim/options.hpp"

namespace surisim::engine {

// Errors (invalid_option): what check_options() says, or a capture file that cannot be read.
expected<void> accept_options(const Options& options);

}  // namespace surisim::engine
