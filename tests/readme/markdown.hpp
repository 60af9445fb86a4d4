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

// A command of a console block, and the lines that are said to follow it.
struct Command {
  std::string text;  // without "$ "
  int line = 0;
  std::vector<std::string> output;
};

std::vector<std::string> split_lines(std::string_view text);
std::vector<Block> blocks(std::string_view text);
std::vector<Command> commands(const Block& console);

// Where links in the prose lead to, without "#…".
std::vector<std::string> links(std::string_view text);

// Does `expected` fit `actual`, where "…" stands for anything?
bool fits(std::string_view expected, std::string_view actual);
// The first expected line that has no line of the output after the previous one's; empty when all
// are there. Lines of the output that are not expected may stand between.
std::string first_missing(const std::vector<std::string>& expected,
                          const std::vector<std::string>& output);

// Do the lines stand in the text one after the other, whatever both are indented by?
bool is_excerpt(const std::vector<std::string>& lines, std::string_view text);

}  // namespace readme
