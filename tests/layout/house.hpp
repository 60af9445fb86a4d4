// The rooms of the house as ARCHITECTURE.md lists them, and what each may include.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "source_tree.hpp"

namespace layout {

// A row of the map. Beside what it lists, a room may include itself, the system's headers and those
// of the standard libraries.
struct Room {
  std::string directory;                 // "simulator/src/abi/"
  std::string may_include;               // the cell, as it is written
  std::vector<std::string> beginnings;   // what that allows: beginnings of names, "fmt/"
  bool is_free = false;                  // "anything"
  std::string name() const;              // "abi"
  bool is_of_the_library() const;        // one of simulator/src
  bool may_use_all_rooms_above = false;  // "the rooms above"
};

// The rows of a page's table whose first column is `room`. A cell that says something unknown is
// put down in `problems`.
std::vector<Room> rooms_of(std::string_view page, std::vector<std::string>& problems);
// Those of ARCHITECTURE.md.
const std::vector<Room>& rooms();

// The room whose directory the file is in; the longest that fits. NULL: none.
const Room* room_of(std::string_view path);
// What is wrong with the includes of a file, a line each, which names the rule.
std::vector<std::string> wrong_includes(const File& file);

// The repository's file that an include means, "" when it is none of ours.
std::string included_file(std::string_view from, const Include& include);

// Groups of names that lead to each other. An edge goes from first to second.
using Edge = std::pair<std::string, std::string>;
std::vector<std::vector<std::string>> cycles(const std::vector<Edge>& edges);

}  // namespace layout
