// Whether Options make sense: their values (surisim/options.hpp, check_options).
//
// When:    Runtime::create(), before anything is made.
// Owner:   values.
// Threads: any.
#pragma once

#include "surisim/error.hpp"
#include "surisim/options.hpp"

namespace surisim::engine {

// Errors (invalid_option): what check_options() says.
expected<void> accept_options(const Options& options);

}  // namespace surisim::engine
