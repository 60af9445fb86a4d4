// Reads a project file, surisim.yaml, into a tree whose nodes have their line and column.
// project.hpp interprets it.
//
// When:    while the command line is parsed.
// Owner:   values.
// Threads: main.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace surisim::cli {

// Both from 1.
struct Place {
  int line = 1;
  int column = 1;
};

struct ProjectNode {
  enum class Kind { none, text, list, map };  // none: an empty value

  Kind kind = Kind::none;
  Place place = {};
  std::string text = {};
  std::vector<ProjectNode> items = {};  // of a list
  // Of a map, in the file's order: keys, which are of Kind::text, and values.
  std::vector<std::pair<ProjectNode, ProjectNode>> entries = {};
};

// The whole file, of Kind::map or none. Throws a UsageError, "FILE:LINE:COLUMN: …", if it is not
// YAML, or has more than 256 KiB, more than four levels, an alias, a key twice, or a second
// document.
ProjectNode read_project(const std::string& file);

// Throws UsageError: "FILE:LINE:COLUMN: WHAT".
[[noreturn]] void refuse_at(const std::string& file, const Place& place, const std::string& what);

}  // namespace surisim::cli
