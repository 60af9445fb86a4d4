// What keeps a plugin from loading, as violations (L38, L39). The loader and inspect() share these
// checks, so they cannot disagree.
//
// When:    at any time; none of the plugin's code runs.
// Owner:   values.
// Threads: any.
// Source:  util-plugin.c.
#pragma once

#include <string>
#include <vector>

#include <suricata/suricata-plugin.h>

#include "plugin/imports.hpp"
#include "surisim/violation.hpp"

namespace surisim::engine {

// What SCPluginRegister returned; NULL is one of the findings. Fields are read with care: a plugin
// of the 7.x layout, or one that returns a wild pointer, is a finding and not a crash. Empty: the
// plugin may be initialised.
std::vector<Violation> check_plugin(const SCPlugin* plugin, const std::string& path);

// Why dlopen refused: every missing symbol and library is named, and where there is none the text
// of dlerror() is passed on. Never empty.
std::vector<Violation> check_open_failure(const std::string& path, const std::string& dlerror_text);

// A file that must not even be opened, because opening it would end this process: one built with a
// sanitizer whose runtime is not the first thing in the process.
std::vector<Violation> check_before_open(const ElfImports& imports, const std::string& path);

// The file cannot even be looked into.
Violation load_failed(const std::string& path, const std::string& why);

// SCPluginRegister is not exported.
Violation no_entry_point(const std::string& path);

}  // namespace surisim::engine
