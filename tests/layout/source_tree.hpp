// The repository as text: its files, their includes, the beginning and end of their functions.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace layout {

struct File {
  std::string path;  // from the repository's root: "simulator/src/abi/log.cpp"
  std::string text;
  bool is_header() const { return path.ends_with(".hpp") || path.ends_with(".h"); }
  bool in(std::string_view directory) const { return path.starts_with(directory); }
};

struct Include {
  std::string name;  // "surisim/error.hpp"
  bool quoted = false;
  int line = 0;
};

struct Function {
  std::string head;  // its declaration, on one line
  int line = 0;
  int lines = 0;  // from the declaration's last line to the closing brace
};

inline const std::filesystem::path kRoot = SURISIM_TEST_SOURCE_DIR;

// One per line, for failure messages.
std::string lines(const std::vector<std::string>& all);
std::string read(const std::filesystem::path& path);
// Every file below the repository's directories whose name ends with one of `endings`, by path.
std::vector<File> files(const std::vector<std::string>& endings);
// Every C and C++ source and header.
const std::vector<File>& sources();

// The text with comments and the contents of literals replaced by blanks; line numbers are
// unchanged.
std::string code_only(std::string_view text);
std::vector<Include> includes(std::string_view text);
// Bodies of member and free functions; a lambda or local class is part of the enclosing function.
std::vector<Function> functions(std::string_view text);

}  // namespace layout
