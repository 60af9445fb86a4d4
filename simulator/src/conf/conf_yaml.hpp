// Reads a run's configuration into the tree: settings, and files in Suricata's YAML.
//
// When:    before plugins load.
// Owner:   the tree owns the nodes that are read; the caller owns the tree.
// Threads: [main]
// Source:  conf-yaml-loader.c; suricata.c, ParseCommandLine.
#pragma once

#include <suricata/conf.h>

#include <string>
#include <string_view>

#include "surisim/error.hpp"
#include "surisim/options.hpp"

namespace surisim::conf {

// Fills the process's empty configuration tree from Options::config_settings and then
// Options::config_file and config_yaml. Settings are final, as with Suricata's --set: they override
// both.
// Errors (invalid_option): the setting, or the file and its line, and what was expected.
expected<void> load_configuration(const Options& options);

// Reads `file` into the tree below `root`. After an error the tree keeps what was read before it.
// Errors (invalid_option): "FILE:LINE: what is wrong; expected …".
expected<void> load_conf_file(const std::string& file, SCConfNode* root);

// The same from memory. `name` is the file's name in messages, and includes are relative to its
// directory. Unless `is_file`, the two lines "%YAML 1.1" and "---" may be missing.
expected<void> load_conf_text(std::string_view text, const std::string& name, SCConfNode* root,
                              bool is_file = true);

}  // namespace surisim::conf
