// Implements source_tree.hpp.
#include "source_tree.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

namespace layout {
namespace {

namespace fs = std::filesystem;

// The end of the literal or comment that starts at `at`, or `at` if there is none.
std::size_t end_of_blank(std::string_view text, std::size_t at) {
  const auto rest = text.substr(at);
  const auto after = [&](std::string_view end, std::size_t from) {
    const auto found = text.find(end, from);
    return found == text.npos ? text.size() : found + end.size();
  };
  if (rest.starts_with("//")) {
    return std::min(text.find('\n', at), text.size());
  }
  if (rest.starts_with("/*")) return after("*/", at + 2);
  if (rest.starts_with("R\"")) {
    const auto open = text.find('(', at);
    return after(")" + std::string(text.substr(at + 2, open - at - 2)) + "\"", open);
  }
  // A quote after a digit separates digits: 1'000.
  if (rest.front() == '"' ||
      (rest.front() == '\'' &&
       (at == 0 || !std::isxdigit(static_cast<unsigned char>(text[at - 1]))))) {
    std::size_t i = at + 1;
    while (i < text.size() && text[i] != rest.front() && text[i] != '\n')
      i += text[i] == '\\' ? 2 : 1;
    return std::min(i + 1, text.size());
  }
  return at;
}

// Whether a brace after `head` opens a function's body.
bool opens_function(const std::string& head) {
  static const std::regex other(
      R"(^\s*(\}\s*)?(if|for|while|switch|do|else|try|catch|namespace|class|struct|union|enum|extern|return|case)\b)");
  static const std::regex function(
      R"(\)\s*(const|noexcept(\(.*\))?|override|final|mutable|&|->.*|:.*|SURISIM_\w+.*|\s)*$)");
  return !std::regex_search(head, other) && std::regex_search(head, function) &&
         head.find('=') == std::string::npos;
}

}  // namespace

std::string lines(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& one : all) text += "\n  " + one;
  return text;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<File> files(const std::vector<std::string>& endings) {
  const fs::path root = SURISIM_TEST_SOURCE_DIR;
  std::vector<File> found;
  const auto add = [&](const fs::path& path) {
    const std::string name = path.lexically_relative(root).string();
    if (std::any_of(endings.begin(), endings.end(),
                    [&](const std::string& end) { return name.ends_with(end); })) {
      found.push_back({name, read(path)});
    }
  };
  for (const auto& entry : fs::directory_iterator(root)) {
    if (entry.is_regular_file()) add(entry.path());
  }
  for (const char* room :
       {"bench", "ci", "cmake", "fixtures", "packaging", "simulator", "tests", "wrappers"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
      if (entry.is_regular_file()) add(entry.path());
    }
  }
  std::sort(found.begin(), found.end(),
            [](const File& a, const File& b) { return a.path < b.path; });
  return found;
}

const std::vector<File>& sources() {
  static const std::vector<File> all = files({".cpp", ".hpp", ".c", ".h"});
  return all;
}

std::string code_only(std::string_view text) {
  std::string code(text);
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = end_of_blank(text, i);
    for (std::size_t j = i; j < end; ++j) {
      if (code[j] != '\n') code[j] = ' ';
    }
    i = std::max(end, i + 1);
  }
  return code;
}

std::vector<Include> includes(std::string_view text) {
  static const std::regex pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::vector<Include> found;
  std::istringstream in{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    std::smatch match;
    if (line.find('#') != line.npos && std::regex_search(line, match, pattern)) {
      found.push_back({match[2], match[1] == "\"", number});
    }
  }
  return found;
}

std::vector<Function> functions(std::string_view text) {
  const std::string code = code_only(text);
  std::vector<Function> found;
  std::string head;                         // since the last brace or semicolon
  int line = 1, depth = 0, body_depth = 0;  // body_depth: 0 outside of a function
  for (const char c : code) {
    if (c == '\n') ++line;
    if (c == '{') {
      ++depth;
      if (body_depth == 0 && opens_function(head)) {
        body_depth = depth;
        found.push_back({head, line, 0});
      }
    } else if (c == '}') {
      if (depth == body_depth) {
        found.back().lines = line - found.back().line + 1;
        body_depth = 0;
      }
      --depth;
    }
    if (c == '{' || c == '}' || c == ';') {
      head.clear();
    } else if (!std::isspace(static_cast<unsigned char>(c))) {
      head += c;
    } else if (!head.empty() && head.back() != ' ') {
      head += ' ';
    }
  }
  return found;
}

}  // namespace layout
