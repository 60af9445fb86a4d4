// Suricata's YAML, read into the configuration tree. Source: conf-yaml-loader.c.
#pragma once

#include <suricata/conf.h>

#include <string>
#include <string_view>

#include "surisim/error.hpp"

namespace surisim::engine {

// Reads `file` into the tree below `root`. What an error in it leaves behind stays in the tree.
// Errors (invalid_option): "FILE:LINE: what is wrong; expected …". [main]
expected<void> load_conf_file(const std::string& file, SCConfNode* root);

// The same from memory; `name` is said to be the file, and includes are relative to its directory.
expected<void> load_conf_text(std::string_view text, const std::string& name, SCConfNode* root);

}  // namespace surisim::engine
