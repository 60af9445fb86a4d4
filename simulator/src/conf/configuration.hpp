// The configuration of a run: Options::config_settings, then Options::config_file.
#pragma once

#include "surisim/error.hpp"
#include "surisim/options.hpp"

namespace surisim::engine {

// Fills the process's configuration tree, which is empty. Settings come first and are final, as
// Suricata's --set: the file does not change them. Source: suricata.c, ParseCommandLine.
// Errors (invalid_option): the setting, or the file and its line, and what was expected. [main]
expected<void> load_configuration(const Options& options);

}  // namespace surisim::engine
