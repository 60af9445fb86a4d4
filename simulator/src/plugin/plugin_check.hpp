// Checks that decide whether a plugin loads, with violations as results (L38, L39). The loader and
// inspect() share them, so they cannot disagree.
//
// When:    at any time; the plugin's code does not run.
// Owner:   values.
// Threads: any.
// Source:  util-plugin.c.
#pragma once

#include <suricata/suricata-plugin.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plugin/elf_file.hpp"
#include "surisim/options.hpp"
#include "surisim/plugin.hpp"
#include "surisim/violation.hpp"

namespace surisim::engine {

// Checks what SCPluginRegister returned. NULL, a wild pointer and the layout of 7.x are findings,
// not crashes. Empty: the plugin may be initialised.
// `api_version`: of the Suricata that loads it.
std::vector<Violation> check_plugin(const SCPlugin* plugin, const std::string& path,
                                    std::uint64_t api_version = SC_API_VERSION);

// The version of Suricata that the SCPlugin is for, if it can be run here. Reads it safely.
std::optional<Suricata> version_of(const SCPlugin* plugin);

// Suricata does not find all that the plugin imports (E15). `names`: those of another version.
Violation for_other_version(const std::string& path, const std::string& names, Suricata version);

// Why dlopen failed: names every missing symbol and library; if there is none, repeats the text of
// dlerror(). Never empty. `opened`: the path for dlopen, if it is another.
std::vector<Violation> check_open_failure(const std::string& path, const std::string& dlerror_text,
                                          const std::string& opened = "");

// Finds files that must not be opened because that would end this process: those built with a
// sanitizer whose runtime is not already loaded.
std::vector<Violation> check_before_open(const ElfImports& imports, const std::string& path);

// What the plugin says about itself. `plugin` has passed check_plugin().
PluginInfo describe(const SCPlugin& plugin, const std::string& path);

// The file cannot be read.
Violation load_failed(const std::string& path, const std::string& why);

// SCPluginRegister is not exported.
Violation no_entry_point(const std::string& path);

// Finds the fields of Suricata's structs that a plugin's machine code uses at another place than a
// version of Suricata has them: the plugin was compiled with another version's headers.
//
// What is seen: accesses through variables that the debug information calls a pointer to
// ThreadVars, Flow or Packet, while they are in a register; and through the register into which
// such a variable, or Packet.flow, has just been loaded. Accesses by functions of other libraries
// are not seen.
//
// Source: facts E22 to E24. By name. Empty without debug information, and if the file cannot be
// read.
std::vector<MovedField> moved_fields(const std::string& path, Suricata version);

}  // namespace surisim::engine
