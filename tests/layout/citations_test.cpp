// Each fact that is cited by number exists: in comments, test names, rules and pages. Method: read
// the repository as text, and look the numbers up in the table of facts.
#include <gmock/gmock.h>

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "source_tree.hpp"
#include "surisim/facts.hpp"

namespace {

using layout::File;
using testing::ElementsAre;
using testing::IsEmpty;
using Strings = std::vector<std::string>;

bool is_of_a_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// A letter that facts have, and a number: not "L2TP" or "T".
bool looks_like_a_number(std::string_view word) {
  constexpr std::size_t kMost = 4;
  if (word.size() < 2 || word.size() > kMost) return false;
  if (std::string_view("LTE").find(word[0]) == word.npos || word[1] == '0') return false;
  return word.find_first_not_of("0123456789", 1) == word.npos;
}

// The words of a text that are numbers of facts, and those that a test's name begins with:
// "T15_A_Packet…". Not those inside of other names, as in PACKET_L3_IPV4.
Strings citations(std::string_view text) {
  Strings found;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_of_a_word(text[end])) ++end;
    std::string_view word = text.substr(at, end - at);
    for (;;) {
      const std::string_view part = word.substr(0, word.find('_'));
      if (!looks_like_a_number(part)) break;
      found.emplace_back(part);
      if (part.size() == word.size()) break;
      word.remove_prefix(part.size() + 1);
    }
    at = end == at ? at + 1 : end;
  }
  return found;
}

TEST(Facts, EachThatIsCitedHasAText) {
  Strings missing;
  std::size_t cited = 0;
  for (const File& file : layout::files({".cpp", ".hpp", ".c", ".h", ".def", ".md", ".txt",
                                         ".cmake", ".in", ".yml", ".order"})) {
    for (const std::string& number : citations(file.text)) {
      ++cited;
      if (surisim::find_fact(number) == nullptr) missing.push_back(file.path + ": " + number);
    }
  }
  EXPECT_GT(cited, 500U);
  EXPECT_TRUE(missing.empty()) << "not in the table of simulator/src/rules:"
                               << layout::lines(missing);
}

// Numbers without a text are composed here, so that this file does not cite them.
TEST(Facts, WithoutATextAreReported) {
  for (const char kind : {'L', 'T', 'E'}) {
    const std::string number = kind + std::string("99");
    EXPECT_THAT(citations("as in " + number + "."), ElementsAre(number));
    EXPECT_EQ(surisim::find_fact(number), nullptr) << number;
  }
}

TEST(Facts, AreCitedAsWordsAndInNamesOfTests) {
  EXPECT_THAT(citations("as in L5, (T9) L38-L40; \"L1 L2\""),
              ElementsAre("L5", "T9", "L38", "L40", "L1", "L2"));
  EXPECT_THAT(citations("TEST_F(Threads, L9_L10_HaveNames)"), ElementsAre("L9", "L10"));
  EXPECT_THAT(citations("8.0 (E16): E22 to E24; TEST(Storage, E9_Sizes)"),
              ElementsAre("E16", "E22", "E24", "E9"));
  EXPECT_THAT(citations("L"
                        "99 of no text"),
              ElementsAre(std::string("L") + "99"));
  EXPECT_THAT(citations("PACKET_L3_IPV4 L2TP T L0 L07 XL5 l5 W#01 E1000e"), IsEmpty());
}

}  // namespace
