// Whether Options make sense.
#pragma once

#include "surisim/error.hpp"
#include "surisim/options.hpp"

namespace surisim::engine {

// The error names the option, its value and its range.
expected<void> check_options(const Options& options);

}  // namespace surisim::engine
