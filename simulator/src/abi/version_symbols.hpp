// Which version of Suricata has a function or data symbol, if not both.
//
// When:    constant.
// Threads: any.
// Source:  the symbol tables of 8.0.6 and 9.0.0-dev; facts E27 to E31.
#pragma once

#include <optional>
#include <string_view>

#include "surisim/options.hpp"

namespace surisim::abi {

// Empty: both have the symbol, or neither.
std::optional<Suricata> only_version_with(std::string_view symbol);

}  // namespace surisim::abi
