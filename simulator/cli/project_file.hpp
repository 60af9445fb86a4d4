// Reads a project file, surisim.yaml, as a tree whose nodes know their place. What its keys mean is
// in project.hpp.
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
  enum class Kind { none, text, list, map };  // none: nothing is written there

  Kind kind = Kind::none;
  Place place = {};
  std::string text = {};
  std::vector<ProjectNode> items = {};  // of a list
  // Of a map, in the file's order: keys, which are texts, and values.
  std::vector<std::pair<ProjectNode, ProjectNode>> entries = {};
};

// The whole file, a map or none. Throws a UsageError that begins with "FILE:LINE:COLUMN: ": it is
// no YAML, or is more than 256 KiB, has more than four levels, an alias, a key twice, or a second
// document.
ProjectNode read_project(const std::string& file);

// Throws UsageError: "FILE:LINE:COLUMN: WHAT".
[[noreturn]] void refuse_at(const std::string& file, const Place& place, const std::string& what);

}  // namespace surisim::cli
