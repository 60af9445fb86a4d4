// The files and functions that the documents name exist. Method: compare the names in backticks
// with the repository.
#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>
#include <sstream>

#include "source_tree.hpp"

namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using Strings = std::vector<std::string>;

using layout::kRoot;

// The texts in backticks, outside fenced blocks.
Strings quoted(const std::string& page) {
  Strings found;
  std::istringstream in(page);
  bool in_block = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) in_block = !in_block;
    if (in_block) continue;
    for (std::size_t at = 0; (at = line.find('`', at)) != line.npos;) {
      const auto end = line.find('`', at + 1);
      if (end == line.npos) break;
      found.push_back(line.substr(at + 1, end - at - 1));
      at = end + 1;
    }
  }
  return found;
}

// "abi/storage.cpp" and "trace/", not "fmt::fmt" or "--set".
bool looks_like_a_path(const std::string& text) {
  static const std::set<std::string> endings = {".c", ".cpp", ".h", ".hpp", ".md", ".txt", ".map"};
  if (text.find_first_of(" *<>$=(") != text.npos || text.starts_with('-')) return false;
  return text.ends_with('/') || endings.contains(fs::path(text).extension());
}

// External headers in the map.
bool is_of_others(const std::string& path) {
  static const std::set<std::string> libraries = {
      "CLI",      "Zydis",  "benchmark", "boost", "elfutils", "fmt",      "gmock",      "gtest",
      "nlohmann", "oneapi", "pcap",      "tbb",   "tl",       "yaml-cpp", "reference.h"};
  return libraries.contains(fs::path(path).begin()->string());
}

bool exists(const std::string& path) {
  for (const char* root :
       {"", "docs", "simulator", "simulator/cli", "simulator/include", "simulator/include/suricata",
        "simulator/include/surisim", "simulator/src", "wrappers/include"}) {
    if (fs::exists(kRoot / root / path)) return true;
  }
  return false;
}

// Every identifier in our code, without comments and literals.
const std::set<std::string>& words_of_the_code() {
  static const std::set<std::string> words = [] {
    std::set<std::string> all;
    for (const layout::File& file : layout::sources()) {
      if (!file.in("simulator/") && !file.in("wrappers/") && !file.in("fixtures/")) continue;
      std::string word;
      for (const char c : layout::code_only(file.text) + ' ') {
        if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
          word += c;
        } else if (!word.empty()) {
          all.insert(word);
          word.clear();
        }
      }
    }
    return all;
  }();
  return words;
}

// The parts of "Runtime::run" or "SCThreadSetStorageById()"; none if it is not a name.
Strings parts_of_a_name(const std::string& text) {
  Strings parts;
  std::string part;
  for (const char c : text + ":") {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
      part += c;
    } else if (c == ':' || c == '.' || c == '(' || c == ')' || c == '~') {
      if (!part.empty()) parts.push_back(part);
      part.clear();
    } else {
      return {};
    }
  }
  return parts;
}

Strings missing_paths(const std::string& page) {
  Strings missing;
  for (const std::string& text : quoted(page)) {
    if (looks_like_a_path(text) && !is_of_others(text) && !exists(text)) missing.push_back(text);
  }
  return missing;
}

bool has_word(const std::string& text, const std::string& word) {
  const auto in_word = [&](std::size_t at) {
    return at < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '_');
  };
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    if (!(at > 0 && in_word(at - 1)) && !in_word(at + word.size())) return true;
  }
  return false;
}

// "class A" with its body, or "struct A"; empty if it is not defined here.
std::string body_of(const std::string& text, const std::string& name) {
  for (const char* keyword : {"class ", "struct "}) {
    for (auto at = text.find(keyword); at != text.npos; at = text.find(keyword, at + 1)) {
      const auto head = text.substr(at, text.find_first_of(";{", at) - at);
      if (has_word(head.substr(0, head.find(" : ")), name) && text[at + head.size()] == '{')
        return text.substr(at, text.find("\n};", at) - at);
    }
  }
  return {};
}

// In "A::b": b is a member of A, which is defined as A::b or declared in the body of A.
bool is_member(const std::string& name) {
  const auto colons = name.find("::");
  const std::string owner = name.substr(0, colons);
  const std::string member =
      name.substr(colons + 2, name.find_first_of("(:. ", colons + 2) - colons - 2);
  return std::any_of(layout::sources().begin(), layout::sources().end(),
                     [&](const layout::File& file) {
                       return !file.in("tests/") && (has_word(file.text, owner + "::" + member) ||
                                                     has_word(body_of(file.text, owner), member));
                     });
}

Strings missing_names(const std::string& page) {
  Strings missing;
  for (const std::string& text : quoted(page)) {
    if (looks_like_a_path(text)) continue;
    for (const std::string& part : parts_of_a_name(text)) {
      if (!words_of_the_code().contains(part)) missing.push_back(text);
    }
    if (text.find("::") != text.npos && !parts_of_a_name(text).empty() && !is_member(text))
      missing.push_back(text);
  }
  return missing;
}

TEST(Documents, NameExistingFiles) {
  for (const char* page : {"ARCHITECTURE.md", "CONTRIBUTING.md", "docs/life-of-a-call.md"}) {
    const std::string text = layout::read(kRoot / page);
    EXPECT_FALSE(text.empty()) << page;
    EXPECT_THAT(missing_paths(text), IsEmpty()) << page;
  }
}

TEST(Documents, TheLifeOfACallUsesNamesFromTheSources) {
  const std::string page = layout::read(kRoot / "docs/life-of-a-call.md");
  EXPECT_GT(quoted(page).size(), 30U);
  EXPECT_THAT(missing_names(page), IsEmpty());
}

TEST(Documents, TheArchitectureHasAtMost150Lines) {
  const std::string page = layout::read(kRoot / "ARCHITECTURE.md");
  EXPECT_LT(std::count(page.begin(), page.end(), '\n'), 150);
}

TEST(Documents, MissingFilesAndNamesAreFound) {
  EXPECT_THAT(missing_paths("a `abi/storage.cpp` b `abi/no_such_file.cpp`, `fmt/`, `no_room/`\n"
                            "```\n`abi/in_a_block.cpp`\n```\n"),
              ElementsAre("abi/no_such_file.cpp", "no_room/"));
  EXPECT_THAT(missing_names("`SCThreadSetStorageById`, `Runtime::run()`, `Runtime::no_such_name`,\n"
                            "`Engine::row_of`, `surisim run --threads 2`, `abi/storage.cpp`"),
              ElementsAre("Runtime::no_such_name", "Runtime::no_such_name", "Engine::row_of"));
}

}  // namespace
