// Reads a project file, surisim.yaml, into a tree that records the line and column of each node.
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

// A place in the file; both numbers start at 1.
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

// The whole file: a Kind::map, or Kind::none if it is empty. Throws a UsageError: "FILE: …" if the
// file cannot be read, is larger than 256 KiB or has a second document; "FILE:LINE:COLUMN: …" if it
// is not YAML text, is not a map, or has more than four levels, an alias or a duplicate key.
ProjectNode read_project(const std::string& file);

// Throws UsageError: "FILE:LINE:COLUMN: WHAT".
[[noreturn]] void refuse_at(const std::string& file, const Place& place, const std::string& what);

}  // namespace surisim::cli
