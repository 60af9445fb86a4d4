// What Suricata's versions export: names only (suricata_symbols.def). Each of their functions
// exists here too, so that any plugin that a Suricata opens can be opened; those that are not
// modelled do nothing.
//
// When:    constant.
// Owner:   none; functions.
// Threads: any.
// Source:  the symbol tables of 8.0.6 and 9.0.0-dev; facts E27 to E31.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "surisim/options.hpp"

namespace surisim::abi {

// True if any version exports the symbol.
bool is_suricatas(std::string_view symbol);
// Empty: both versions have the symbol, or neither.
std::optional<Suricata> only_version_with(std::string_view symbol);

// What a plugin that imports the symbol and moves to this version should know: that the symbol was
// renamed, that it is gone or that its signature is another one. Empty: nothing.
std::string elsewhere(std::string_view symbol, Suricata version);

// True if this is one of the functions that exist only because Suricata has them: its code.
bool is_stand_in(const void* function);

}  // namespace surisim::abi
