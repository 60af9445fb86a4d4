// Finds the fields of Suricata's structs that a plugin's machine code uses at another place than a
// version of Suricata has them: the plugin was compiled with another version's headers.
//
// What is seen: accesses through variables that the debug information calls a pointer to
// ThreadVars, Flow or Packet, while they are in a register; and through the register into which
// such a variable, or Packet.flow, has just been loaded. Accesses by functions of other libraries
// are not seen.
//
// When:    at any time; the file is not loaded.
// Owner:   values.
// Threads: any.
// Source:  facts E22 to E24.
#pragma once

#include <string>
#include <vector>

#include "surisim/options.hpp"
#include "surisim/plugin.hpp"

namespace surisim::engine {

// By name. Empty without debug information, and if the file cannot be read.
std::vector<MovedField> moved_fields(const std::string& path, Suricata version);

}  // namespace surisim::engine
