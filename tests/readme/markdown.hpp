// The fenced code blocks of a Markdown text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace readme {

struct Block {
  std::string language;  // what follows the opening fence: "console", "cpp"
  int line = 0;          // of the opening fence
  std::vector<std::string> lines;
};

// A command of a console block, and its expected output.
struct Command {
  std::string text;  // without "$ "
  int line = 0;
  std::vector<std::string> output;
};

std::vector<std::string> split_lines(std::string_view text);
std::vector<Block> blocks(std::string_view text);
std::vector<Command> commands(const Block& console);

// The targets of links outside code blocks, without "#…".
std::vector<std::string> links(std::string_view text);

// Whether `expected` matches `actual`, where "…" matches anything.
bool fits(std::string_view expected, std::string_view actual);
// The first expected line that does not occur in the output after the previous one; empty if all
// occur. The output may have other lines between them.
std::string first_missing(const std::vector<std::string>& expected,
                          const std::vector<std::string>& output);

// Whether the lines occur in the text consecutively, ignoring indentation.
bool is_excerpt(const std::vector<std::string>& lines, std::string_view text);

}  // namespace readme
