// Checks that decide whether a plugin loads, with violations as results (L38, L39). The loader and
// inspect() share them, so they cannot disagree.
//
// When:    at any time; the plugin's code does not run.
// Owner:   results are copies.
// Threads: any.
// Source:  util-plugin.c.
#pragma once

#include <suricata/suricata-plugin.h>

#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "plugin/elf_file.hpp"
#include "surisim/options.hpp"
#include "surisim/plugin.hpp"
#include "surisim/violation.hpp"

namespace surisim::engine {

// Checks what SCPluginRegister returned. NULL, a wild pointer and the layout of 7.x are findings,
// not crashes. Empty: the plugin may be initialised.
// `api_version`: that of the Suricata that loads it.
std::vector<Violation> check_plugin(const SCPlugin* plugin, const std::string& path,
                                    std::uint64_t api_version = SC_API_VERSION);

// The version of Suricata that the SCPlugin is for; nullopt: one that surisim does not have, or the
// pointer is wrong.
std::optional<Suricata> version_of(const SCPlugin* plugin);

// The violation of a plugin with imports that only another version has (E15): `names`.
Violation for_other_version(const std::string& path, const std::string& names, Suricata version);

// Why dlopen failed: names every missing symbol and library; if there is none, repeats the text of
// dlerror(). Never empty. `opened`: the path given to dlopen, if it is not `path`.
std::vector<Violation> check_open_failure(const std::string& path, const std::string& dlerror_text,
                                          const std::string& opened = "");

// Checks whether opening the file would end this process: it would if the plugin was built with a
// sanitizer whose runtime is not loaded yet. Empty: it may be opened.
std::vector<Violation> check_before_open(const ElfImports& imports, const std::string& path);

// What the plugin says about itself. `plugin` has passed check_plugin().
PluginInfo describe(const SCPlugin& plugin, const std::string& path);

// The names in a directory that contain ".so", in the order of readdir (L38). Empty after an error.
std::vector<std::string> plugin_names_in(const std::string& directory, std::error_code& error);

// The violation of a file that cannot be read.
Violation load_failed(const std::string& path, const std::string& why);

// The violation of a plugin that does not export SCPluginRegister.
Violation no_entry_point(const std::string& path);

// Finds struct fields that a plugin accesses at an offset that this version of Suricata does not
// have: the plugin was compiled with another version's headers (E22 to E24). Sorted by name. Empty
// without debug information, and if the file cannot be read.
//
// It finds accesses through a variable that is a pointer to ThreadVars, Flow or Packet according to
// the debug information, while it is in a register; and through a register into which such a
// variable, or Packet.flow, has just been loaded. Not those in other libraries' functions.
std::vector<MovedField> moved_fields(const std::string& path, Suricata version);

}  // namespace surisim::engine
