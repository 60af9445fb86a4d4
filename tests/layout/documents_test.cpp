// The files and functions that the documents name exist. Method: compare the names in backticks
// with the repository.
#include <gmock/gmock.h>

#include <cctype>
#include <filesystem>
#include <fstream>
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
      "CLI",      "benchmark", "boost", "elfutils", "fmt", "gmock",    "gtest",
      "nlohmann", "oneapi",    "pcap",  "tbb",      "tl",  "yaml-cpp", "reference.h"};
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

// The parts of "Watch::set" or "SCThreadSetStorageById()"; none if it is not a name.
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

Strings missing_names(const std::string& page) {
  Strings missing;
  for (const std::string& text : quoted(page)) {
    if (looks_like_a_path(text)) continue;
    for (const std::string& part : parts_of_a_name(text)) {
      if (!words_of_the_code().contains(part)) missing.push_back(text);
    }
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
                            "`surisim run --threads 2`, `abi/storage.cpp`"),
              ElementsAre("Runtime::no_such_name"));
}

}  // namespace
