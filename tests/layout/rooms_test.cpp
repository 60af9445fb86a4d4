// Includes between rooms: each room includes only what its row in ARCHITECTURE.md's map allows, and
// there are no cycles. Method: the includes of all sources, read as text; a wrong one is tried in
// each room.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include "room_map.hpp"

namespace {

namespace fs = std::filesystem;
using layout::Edge;
using layout::File;
using layout::Room;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using Strings = std::vector<std::string>;

using layout::kRoot;

using layout::lines;

// Words between `from` and `to`.
Strings words_between(const std::string& text, const std::string& from, const std::string& to) {
  const auto begin = text.find(from);
  if (begin == text.npos) return {};
  const auto end = text.find(to, begin);
  std::istringstream in(text.substr(begin + from.size(), end - begin - from.size()));
  Strings words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

Strings rooms_of_the_library() {
  Strings names;
  for (const Room& room : layout::rooms()) {
    if (room.is_of_the_library()) names.push_back(room.name());
  }
  return names;
}

std::string cmake_of(const std::string& directory) {
  return layout::read(kRoot / directory / "CMakeLists.txt");
}

TEST(Rooms, EachIncludesOnlyWhatItMay) {
  Strings wrong;
  for (const File& file : layout::sources()) {
    for (const std::string& one : layout::wrong_includes(file)) wrong.push_back(one);
  }
  EXPECT_TRUE(wrong.empty()) << "against the map of ARCHITECTURE.md:" << lines(wrong);
}

TEST(Rooms, TheMapCanBeRead) {
  Strings problems;
  (void)layout::rooms_of(layout::read(kRoot / "ARCHITECTURE.md"), problems);
  EXPECT_TRUE(problems.empty()) << lines(problems);
  for (const Room& room : layout::rooms())
    EXPECT_TRUE(fs::is_directory(kRoot / room.directory)) << room.directory;
}

TEST(Rooms, TheMapAndTheBuildHaveTheSameRoomsInTheSameOrder) {
  EXPECT_EQ(words_between(cmake_of("simulator/src"), "foreach(room IN ITEMS", ")"),
            rooms_of_the_library());
  Strings directories;
  for (const auto& entry : fs::directory_iterator(kRoot / "simulator/src")) {
    if (entry.is_directory()) directories.push_back(entry.path().filename());
  }
  EXPECT_THAT(directories, testing::UnorderedElementsAreArray(rooms_of_the_library()));
}

// A wrong include must not compile either: the include path has only the rooms of the row.
TEST(Rooms, TheBuildShowsEachRoomWhatTheMapAllows) {
  const Strings names = rooms_of_the_library();
  for (const Room& room : layout::rooms()) {
    if (!room.is_of_the_library()) continue;
    std::set<std::string> listed;
    for (const std::string& beginning : room.beginnings) {
      const std::string name = beginning.substr(0, beginning.find('/'));
      if (std::count(names.begin(), names.end(), name) != 0) listed.insert(name);
    }
    const Strings only =
        words_between(cmake_of(room.directory), "surisim_room(" + room.name() + " ONLY", "SOURCES");
    if (room.may_use_all_rooms_above) {
      EXPECT_THAT(only, IsEmpty()) << room.directory;
    } else {
      EXPECT_EQ(std::set<std::string>(only.begin(), only.end()), listed) << room.directory;
    }
  }
}

std::vector<Edge> file_edges() {
  std::vector<Edge> edges;
  for (const File& file : layout::sources()) {
    for (const auto& include : layout::includes(file.text)) {
      const std::string target = layout::included_file(file.path, include);
      if (!target.empty()) edges.emplace_back(file.path, target);
    }
  }
  return edges;
}

TEST(IncludeCycles, NoFileIncludesItselfIndirectly) {
  const auto edges = file_edges();
  EXPECT_GT(edges.size(), 1000U);
  EXPECT_THAT(layout::cycles(edges), IsEmpty());
}

TEST(IncludeCycles, NoRoomIncludesItselfIndirectly) {
  std::vector<Edge> edges;
  for (const auto& [from, to] : file_edges()) {
    const Room* const one = layout::room_of(from);
    const Room* const other = layout::room_of(to);
    if (one != nullptr && other != nullptr && one != other && !one->is_free)
      edges.emplace_back(one->directory, other->directory);
  }
  EXPECT_THAT(layout::cycles(edges), IsEmpty());
}

TEST(IncludeCycles, AreFound) {
  const auto found =
      layout::cycles({{"a", "b"}, {"b", "c"}, {"c", "b"}, {"c", "d"}, {"d", "d"}, {"a", "d"}});
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_THAT(found[0], ElementsAre("d"));
  EXPECT_THAT(found[1], UnorderedElementsAre("b", "c"));
  EXPECT_THAT(layout::cycles({{"a", "b"}, {"a", "c"}, {"b", "d"}, {"c", "d"}}), IsEmpty());
}

// An imaginary file of the room with one include.
Strings tried(const std::string& directory, const std::string& include) {
  return layout::wrong_includes({directory + "new.cpp", "\n#include " + include + "\n"});
}

class WrongInclude : public testing::TestWithParam<Room> {};

TEST_P(WrongInclude, IsRefused) {
  const Room& room = GetParam();
  EXPECT_THAT(tried(room.directory, "<vector>"), IsEmpty());
  if (room.is_free) return;
  Strings below = {"<QtCore/QString>", "\"no_such_room/file.hpp\""};
  bool is_below = false;
  for (const Room& other : layout::rooms()) {
    if (is_below && other.is_of_the_library()) below.push_back("\"" + other.name() + "/x.hpp\"");
    is_below = is_below || other.directory == room.directory;
  }
  if (room.directory.starts_with("simulator/")) below.push_back("<suricata_ffi/thread.hpp>");
  for (const std::string& include : below) {
    const Strings refused = tried(room.directory, include);
    ASSERT_THAT(refused, SizeIs(1)) << room.directory << " may not include " << include;
    EXPECT_THAT(refused[0], testing::HasSubstr(room.directory + "new.cpp:2: includes "));
    EXPECT_THAT(refused[0], testing::HasSubstr("may only include " + room.may_include));
  }
}

INSTANTIATE_TEST_SUITE_P(Rooms, WrongInclude, testing::ValuesIn(layout::rooms()),
                         [](const auto& one) {
                           return std::regex_replace(one.param.directory, std::regex(R"(\W)"), "_");
                         });

// What each room may see; widening a row of the map needs a change here too.
TEST(WrongInclude, IsRefusedInEveryRoom) {
  EXPECT_THAT(tried("wrappers/include/suricata_ffi/", "<fmt/format.h>"), SizeIs(1));
  EXPECT_THAT(tried("wrappers/include/suricata_ffi/", "\"surisim/runtime.hpp\""), SizeIs(1));
  EXPECT_THAT(tried("simulator/include/surisim/", "\"abi/process_state.hpp\""), SizeIs(1));
  EXPECT_THAT(tried("simulator/src/decode/", "<surisim/event.hpp>"), SizeIs(1));
  EXPECT_THAT(tried("simulator/src/abi/", "\"../check/checker.hpp\""), SizeIs(1));
  EXPECT_THAT(tried("simulator/src/report/", "\"engine/runtime.hpp\""), SizeIs(1));
  EXPECT_THAT(tried("simulator/src/golden/", "\"trace/recorder.hpp\""), SizeIs(1));
  EXPECT_THAT(tried("simulator/cli/", "\"engine/runtime.hpp\""), SizeIs(1));
  EXPECT_THAT(tried("fixtures/plugins/", "<surisim/runtime.hpp>"), SizeIs(1));
  EXPECT_THAT(tried("fixtures/src/", "\"engine/runtime.hpp\""), SizeIs(1));
  EXPECT_THAT(tried("somewhere/", "<vector>"), SizeIs(1));
}

TEST(Map, IsParsed) {
  Strings problems;
  const auto found = layout::rooms_of(R"(
| room | what is there | may include |
|---|---|---|
| `simulator/src/base/` | first | only itself |
| `simulator/src/abi/` | second | the rooms above, public headers, `fmt/` |
| `tests/` | third | anything |

| library | earns | its place |
| `simulator/src/x/` | no room | y |
)",
                                      problems);
  EXPECT_THAT(problems, IsEmpty());
  ASSERT_THAT(found, SizeIs(3));
  EXPECT_EQ(found[1].name(), "abi");
  EXPECT_THAT(found[0].beginnings, IsEmpty());
  EXPECT_THAT(found[1].beginnings,
              ElementsAre("base/", "suricata/", "surisim/", "tl/expected.hpp", "fmt/"));
  EXPECT_TRUE(found[2].is_free);
  (void)layout::rooms_of("| room | a | b |\n| `x/` | a | whatever |\n", problems);
  EXPECT_THAT(problems, SizeIs(1));
}

}  // namespace
