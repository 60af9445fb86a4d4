// The configuration of a run: settings, and Suricata's YAML, read into the tree.
//
// When:    before plugins load.
// Owner:   the tree has what is read; the caller has the tree.
// Threads: [main]
// Source:  conf-yaml-loader.c; suricata.c, ParseCommandLine.
#pragma once

#include <suricata/conf.h>

#include <string>
#include <string_view>

#include "surisim/error.hpp"
#include "surisim/options.hpp"

namespace surisim::conf {

// Fills the process's configuration tree, which is empty, from Options::config_settings and then
// Options::config_file. Settings are final, as Suricata's --set: the file does not change them.
// Errors (invalid_option): the setting, or the file and its line, and what was expected.
expected<void> load_configuration(const Options& options);

// Reads `file` into the tree below `root`. What was read before an error stays in the tree.
// Errors (invalid_option): "FILE:LINE: what is wrong; expected …".
expected<void> load_conf_file(const std::string& file, SCConfNode* root);

// The same from memory; `name` stands for the file in messages, and includes are relative to its
// directory.
expected<void> load_conf_text(std::string_view text, const std::string& name, SCConfNode* root);

}  // namespace surisim::conf
