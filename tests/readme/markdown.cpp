// Implements markdown.hpp.
#include "markdown.hpp"

#include <algorithm>
#include <sstream>

namespace readme {
namespace {

std::string without_indentation(const std::string& line) {
  const auto first = line.find_first_not_of(" \t");
  return first == line.npos ? "" : line.substr(first);
}

}  // namespace

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<Block> blocks(std::string_view text) {
  std::vector<Block> found;
  bool open = false;
  int number = 0;
  for (const std::string& line : split_lines(text)) {
    ++number;
    if (line.starts_with("```")) {
      open = !open;
      if (open) found.push_back({line.substr(3), number, {}});
    } else if (open) {
      found.back().lines.push_back(line);
    }
  }
  return found;
}

std::vector<Command> commands(const Block& console) {
  std::vector<Command> found;
  int number = console.line;
  for (const std::string& line : console.lines) {
    ++number;
    if (line.starts_with("$ ")) {
      found.push_back({line.substr(2), number, {}});
    } else if (!found.empty() && line.starts_with("> ") &&
               found.back().text.find("<<") != std::string::npos) {
      found.back().text += "\n" + line.substr(2);  // a here-document
    } else if (!found.empty()) {
      found.back().output.push_back(line);
    }
  }
  return found;
}

std::vector<std::string> links(std::string_view text) {
  std::vector<std::string> found;
  bool in_block = false;
  for (const std::string& line : split_lines(text)) {
    if (line.starts_with("```")) in_block = !in_block;
    for (std::size_t at = 0; !in_block && (at = line.find("](", at)) != line.npos;) {
      at += 2;
      const std::string target = line.substr(at, line.find_first_of(")#", at) - at);
      if (!target.empty()) found.push_back(target);
    }
  }
  return found;
}

bool fits(std::string_view expected, std::string_view actual) {
  static constexpr std::string_view kAnything = "…";
  const auto cut = expected.find(kAnything);
  if (cut == expected.npos) return expected == actual;
  if (!actual.starts_with(expected.substr(0, cut))) return false;
  const auto rest = expected.substr(cut + kAnything.size());
  for (std::size_t skip = cut; skip <= actual.size(); ++skip) {
    if (fits(rest, actual.substr(skip))) return true;
  }
  return false;
}

std::string first_missing(const std::vector<std::string>& expected,
                          const std::vector<std::string>& output) {
  auto from = output.begin();
  for (const std::string& line : expected) {
    if (line.empty()) continue;
    from = std::find_if(from, output.end(), [&](const auto& actual) { return fits(line, actual); });
    if (from == output.end()) return line;
    // "…" alone matches any number of lines, including none.
    if (line != "…") ++from;
  }
  return "";
}

bool is_excerpt(const std::vector<std::string>& lines, std::string_view text) {
  std::vector<std::string> wanted, all;
  for (const std::string& line : lines) wanted.push_back(without_indentation(line));
  for (const std::string& line : split_lines(text)) all.push_back(without_indentation(line));
  return !wanted.empty() &&
         std::search(all.begin(), all.end(), wanted.begin(), wanted.end()) != all.end();
}

}  // namespace readme
