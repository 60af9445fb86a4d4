// Rules for the sources, in addition to those about includes (rooms_test.cpp): every file is built
// and short enough, functions fit on a screen, each fact has a test. Method: read the repository as
// text.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "source_tree.hpp"

namespace {

using layout::File;
using layout::Function;
using layout::Include;
using Strings = std::vector<std::string>;

constexpr int kScreen = 70;  // lines of a function

using layout::lines;

std::string at(const File& file, int line, const std::string& what) {
  return file.path + ":" + std::to_string(line) + ": " + what;
}

// The arguments of all commands in a CMakeLists.txt or a script, without comments.
Strings arguments(const std::string& text) {
  Strings found;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    line.resize(std::min(line.find('#'), line.size()));
    for (char& c : line) {
      if (std::string_view("()\";").find(c) != std::string_view::npos) c = ' ';
    }
    std::istringstream words(line);
    for (std::string word; words >> word;) found.push_back(word);
  }
  return found;
}

// A source is built when a CMakeLists.txt in its directory or above names it by its path from
// there, or by its stem, as an item of a list to which a foreach adds the rest.
bool named_by_build(const File& file, const std::map<std::string, std::set<std::string>>& lists) {
  std::filesystem::path directory = file.path;
  while (directory.has_relative_path()) {
    directory = directory.parent_path();
    const auto list = lists.find(directory.string());
    if (list == lists.end()) continue;
    const auto name = std::filesystem::path(file.path).lexically_relative(directory);
    if (list->second.contains(name.string()) || list->second.contains(name.stem().string()))
      return true;
  }
  return false;
}

TEST(Files, EverySourceAndPublicHeaderIsNamedInACMakeList) {
  std::map<std::string, std::set<std::string>> lists;  // by directory
  for (const File& file : layout::files({"CMakeLists.txt", ".sh"})) {
    auto& list = lists[std::filesystem::path(file.path).parent_path().string()];
    for (const std::string& argument : arguments(file.text)) {
      list.insert(argument);
      for (auto at = argument.find('/'); at != argument.npos; at = argument.find('/', at + 1))
        list.insert(argument.substr(at + 1));
    }
  }
  Strings orphans;
  for (const File& file : layout::sources()) {
    const bool is_public = file.path.find("/include/") != std::string::npos;
    if ((!file.is_header() || is_public) && !named_by_build(file, lists)) {
      orphans.push_back(file.path);
    }
  }
  EXPECT_TRUE(orphans.empty()) << lines(orphans);
}

bool is_source(const std::string& argument) {
  static const std::set<std::string> endings = {".c", ".cpp", ".h", ".hpp"};
  return argument[0] != '$' && endings.contains(std::filesystem::path(argument).extension());
}

// Adjacent sources in the wrong order among the arguments.
Strings unsorted(const std::string& cmake) {
  Strings wrong;
  std::string before;
  for (const std::string& argument : arguments(cmake)) {
    if (is_source(argument) && argument < before) wrong.push_back(before + " " + argument);
    before = is_source(argument) ? argument : "";
  }
  return wrong;
}

TEST(Files, AreListedByName) {
  Strings wrong;
  for (const File& file : layout::files({"CMakeLists.txt"})) {
    for (const std::string& pair : unsorted(file.text)) wrong.push_back(file.path + ": " + pair);
  }
  EXPECT_TRUE(wrong.empty()) << lines(wrong);
  EXPECT_THAT(unsorted("add(x SOURCES b.cpp\n  c.cpp # a.cpp\n a.hpp)\nadd(y a.cpp)"),
              testing::ElementsAre("c.cpp a.hpp"));
}

TEST(Files, OfTheSimulatorHaveAtMost500Lines) {
  Strings longer;
  for (const File& file : layout::sources()) {
    const auto count = std::count(file.text.begin(), file.text.end(), '\n');
    if (file.in("simulator/") && count > 500)
      longer.push_back(file.path + ": " + std::to_string(count));
  }
  EXPECT_TRUE(longer.empty()) << lines(longer);
}

TEST(Files, EveryPrivateHeaderIsIncludedSomewhere) {
  std::set<std::string> included;  // last part of the name
  for (const File& file : layout::sources()) {
    for (const Include& include : layout::includes(file.text)) {
      included.insert(std::filesystem::path(include.name).filename());
    }
  }
  Strings orphans;
  for (const File& file : layout::sources()) {
    if (file.is_header() && file.path.find("/include/") == std::string::npos &&
        !included.contains(std::filesystem::path(file.path).filename())) {
      orphans.push_back(file.path);
    }
  }
  EXPECT_TRUE(orphans.empty()) << lines(orphans);
}

// The short name of a file's room: "abi", and "cli" including its sandbox. "": not in a room of the
// simulator.
std::string room_of(const File& file) {
  const std::filesystem::path path = file.path;
  auto part = path.begin();
  if (*part++ != "simulator") return "";
  if (*part == "src") return *++part;
  return *part == "cli" ? "cli" : "";
}

TEST(Files, OfTheSameNameAreInTheSameRoom) {
  std::map<std::string, std::set<std::string>> rooms;  // by stem
  for (const File& file : layout::sources()) {
    const std::string stem = std::filesystem::path(file.path).stem();
    if (const std::string room = room_of(file); !room.empty()) rooms[stem].insert(room);
  }
  Strings wrong;
  for (const auto& [stem, in] : rooms) {
    if (in.size() > 1) wrong.push_back(stem + ": " + testing::PrintToString(in));
  }
  EXPECT_TRUE(wrong.empty()) << lines(wrong);
}

// The comment at the beginning of a file.
std::string opening(const std::string& text) {
  std::istringstream in(text);
  std::string comment;
  for (std::string line; std::getline(in, line) && line.starts_with("//");) comment += line + "\n";
  return comment;
}

bool has_contract(const std::string& header) {
  const std::string comment = opening(header);
  if (comment.empty() || comment.starts_with("// When:")) return false;  // what is it?
  for (const char* tag : {"When:", "Owner:", "Threads:", "Source:"}) {
    const auto at = comment.find(std::string(" ") + tag);
    if (at != comment.npos && comment.compare(at - 3, 3, "\n//") != 0) return false;  // in a line
  }
  return comment.find("\n// When:") != comment.npos &&
         (comment.find("\n// Threads:") != comment.npos || comment.find(" [") != comment.npos);
}

TEST(Headers, BeginWithTheirPurposeAndContract) {
  Strings wrong;
  for (const File& file : layout::sources()) {
    if (file.path.ends_with(".hpp") && !room_of(file).empty() && !has_contract(file.text))
      wrong.push_back(file.path);
  }
  EXPECT_TRUE(wrong.empty()) << "no line When: and Threads:, or a tag in the middle of a line"
                             << lines(wrong);
  EXPECT_TRUE(has_contract("// What it is.\n//\n// When:    always.\n// Threads: any.\n"));
  EXPECT_FALSE(has_contract("// What it is.\n#pragma once\n\n// Threads: any.\nvoid f();\n"));
  EXPECT_FALSE(has_contract("// What it is.\n//\n// When:    now. Threads: any.\n"));
  EXPECT_FALSE(has_contract("#pragma once\n// Threads: any.\n"));
}

// Whether the lines that follow a tag are indented as far as its text, up to the next tag.
// clang-format leaves these lines alone (CommentPragmas), so they must also fit.
bool keeps_its_form(const std::string& comment) {
  constexpr std::size_t kColumns = 100;
  static const std::regex tag("// (When|Owner|Threads|Source):.*");
  std::istringstream in(comment);
  bool tagged = false;
  for (std::string line; std::getline(in, line);) {
    const bool begins = std::regex_match(line, tag);
    if (tagged && !begins && line != "//" && !line.starts_with("//          ")) return false;
    tagged = begins || (tagged && line != "//");
    if (tagged && line.size() > kColumns) return false;
  }
  return true;
}

TEST(Contracts, KeepTheirForm) {
  Strings wrong;
  for (const File& file : layout::sources())
    if (!keeps_its_form(opening(file.text))) wrong.push_back(file.path);
  EXPECT_TRUE(wrong.empty()) << lines(wrong);
  EXPECT_TRUE(
      keeps_its_form("// A.\n//\n// When:    now\n//          or later.\n// Source:  a.c\n"));
  EXPECT_FALSE(keeps_its_form("// A.\n//\n// When:    now\n// or later.\n// Source:  a.c\n"));
  EXPECT_FALSE(keeps_its_form("// When:    " + std::string(100, 'x') + "\n"));
}

TEST(Functions, FitOnAScreen) {
  Strings longer;
  for (const File& file : layout::sources()) {
    for (const Function& function : layout::functions(file.text)) {
      if (function.lines > kScreen) {
        longer.push_back(at(file, function.line, std::to_string(function.lines) + " lines"));
      }
    }
  }
  EXPECT_TRUE(longer.empty()) << lines(longer);
}

TEST(Functions, AreFoundAnywhere) {
  const std::string text = R"(
namespace a {
struct S {
  S() : x_{1} {}
  int f() const noexcept {
    if (x_) {
      return '{' + 1'000;  // {
    }
    return 0;
  }
  int x_;
};
int table[] = {1, 2};
TEST(Suite, Case) {
  auto lambda = [](int i) { return i; };
}
}  // namespace a
)";
  std::vector<int> lengths;
  for (const Function& function : layout::functions(text)) lengths.push_back(function.lines);
  EXPECT_THAT(lengths, testing::ElementsAre(1, 6, 3));
}

TEST(Facts, EachIsCitedByATestOrExplainedInTheArchitecture) {
  const std::string architecture =
      layout::read(std::filesystem::path(SURISIM_TEST_SOURCE_DIR) / "ARCHITECTURE.md");
  const auto section = architecture.find("## Facts out of reach");
  ASSERT_NE(section, std::string::npos);
  std::string citing = architecture.substr(section);
  for (const File& file : layout::files({".cpp", ".hpp", ".c"})) {
    if (file.in("tests/") && !file.in("tests/layout/")) citing += file.text;
  }
  static const std::regex pattern(R"(\bL([1-9][0-9]?)\b)");
  std::set<int> cited;
  for (std::sregex_iterator it(citing.begin(), citing.end(), pattern), end; it != end; ++it) {
    cited.insert(std::stoi((*it)[1]));
  }
  Strings missing;
  for (int fact = 1; fact <= 40; ++fact) {
    if (!cited.contains(fact)) missing.push_back("L" + std::to_string(fact));
  }
  EXPECT_TRUE(missing.empty()) << lines(missing);
}

// The first of `words` in the text, "" if there is none.
std::string first_of(const Strings& words, const std::string& text) {
  for (const std::string& word : words) {
    if (text.find(word) != text.npos) return word;
  }
  return "";
}

TEST(Words, NoFileNamesAMachineOrHasUnfinishedWork) {
  // Split, so that this file passes.
  Strings forbidden = {
      "TO"
      "DO",
      "FIX"
      "ME",
      "GTEST_"
      "SKIP",
      "DISA"
      "BLED_",
      "EXPECT_TRUE(tr"
      "ue)",
      "SUC"
      "CEED()"};
  for (const char* directory : {"home", "root", "Users", "work", "srv", "mnt"}) {
    for (const char* before : {" ", "\n", "\"", "'", "(", "="})
      forbidden.push_back(std::string(before) + "/" + directory + "/");
  }
  Strings wrong;
  for (const File& file : layout::files(
           {".cpp", ".hpp", ".c", ".h", ".md", ".txt", ".cmake", ".in", ".yml", ".json"})) {
    const std::string word = first_of(forbidden, file.text);
    if (!word.empty()) wrong.push_back(file.path + ": " + word);
  }
  EXPECT_TRUE(wrong.empty()) << lines(wrong);
}

}  // namespace
