// The names of all symbols that Suricata's versions export (suricata_symbols.def). All functions
// exist here too, so that every plugin which Suricata can open can be opened here; those that are
// not modelled do nothing (stand_ins.cpp).
//
// When:    at any time.
// Owner:   results are copies.
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
// Nullopt: both versions have the symbol, or neither.
std::optional<Suricata> only_version_with(std::string_view symbol);

// What changes for a plugin that imports the symbol and is ported to this version: the symbol is
// renamed or missing, or has another signature. Empty: nothing.
std::string elsewhere(std::string_view symbol, Suricata version);

// True if this address is a stand-in's (stand_ins.cpp).
bool is_stand_in(const void* function);

}  // namespace surisim::abi
