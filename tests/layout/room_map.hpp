// The rooms listed in ARCHITECTURE.md, and what each may include.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "source_tree.hpp"

namespace layout {

// A row of the map. A room may also include itself, the system's headers and those of the standard
// libraries.
struct Room {
  std::string directory;                 // "simulator/src/abi/"
  std::string may_include;               // the cell, as it is written
  std::vector<std::string> beginnings;   // what that allows: beginnings of names, "fmt/"
  bool is_free = false;                  // "anything"
  std::string name() const;              // "abi"
  bool is_of_the_library() const;        // one of simulator/src
  bool may_use_all_rooms_above = false;  // "the rooms above"
};

// The rows of a page's table whose first column is `room`. Unknown cells are added to `problems`.
std::vector<Room> rooms_of(std::string_view page, std::vector<std::string>& problems);
// Those of ARCHITECTURE.md.
const std::vector<Room>& rooms();

// The room of a file, by the longest directory that matches. NULL: none.
const Room* room_of(std::string_view path);
// The wrong includes of a file, one per line, with the rule.
std::vector<std::string> wrong_includes(const File& file);

// The file of the repository that an include refers to, "" if it is external.
std::string included_file(std::string_view from, const Include& include);

// Groups of names in cycles. An edge goes from first to second.
using Edge = std::pair<std::string, std::string>;
std::vector<std::vector<std::string>> cycles(const std::vector<Edge>& edges);

}  // namespace layout
