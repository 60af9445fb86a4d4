// Goal: the catalogue is complete, its ids do not change, and each page is helpful.
// Method: read the table; compile every example.
#include "surisim/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "surisim/facts.hpp"
#include "surisim/report.hpp"

namespace surisim::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

// A promise: rules may be added, but never renamed or removed.
const std::vector<std::string> kPromised = {"register-after-finalize",
                                            "register-duplicate-name",
                                            "register-invalid-argument",
                                            "register-dangling-name",
                                            "register-result-ignored",
                                            "callback-null-function",
                                            "callback-registered-late",
                                            "access-before-finalize",
                                            "access-invalid-id",
                                            "access-foreign-slot",
                                            "access-foreign-thread",
                                            "access-unmanaged-thread",
                                            "access-after-free",
                                            "access-stale-handle",
                                            "access-invalid-handle",
                                            "value-overwritten",
                                            "value-shared",
                                            "value-leaked",
                                            "value-freed-in-place",
                                            "value-command-thread",
                                            "slot-unset",
                                            "slot-unused",
                                            "callback-exception",
                                            "callback-crash",
                                            "callback-hang",
                                            "free-reentrant",
                                            "free-throws",
                                            "finish-relied-on",
                                            "value-used-after-free",
                                            "thread-started-in-init",
                                            "process-exit",
                                            "load-failed",
                                            "load-no-entry-point",
                                            "load-version-mismatch",
                                            "load-null-field",
                                            "unsupported-function"};

TEST(Rules, AreAllThere) {
  std::set<std::string> ids;
  for (const Rule& rule : rules()) EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
  for (const std::string& id : kPromised) EXPECT_TRUE(ids.contains(id)) << id;
}

TEST(Rules, HaveTheirSeverity) {
  const std::set<std::string> warnings = {"register-dangling-name", "callback-registered-late",
                                          "slot-unset", "thread-started-in-init"};
  const std::set<std::string> notes = {"value-command-thread", "slot-unused"};
  for (const std::string& id : kPromised)
    EXPECT_EQ(find_rule(id)->severity, warnings.contains(id) ? Severity::warning
                                       : notes.contains(id)  ? Severity::note
                                                             : Severity::error)
        << id;
}

TEST(Rules, SayWhatItMeansWhatHappensAndWhatToDo) {
  for (const Rule& rule : rules()) {
    for (const char* prose : {rule.meaning, rule.consequence, rule.fix})
      EXPECT_TRUE(std::string(prose).ends_with('.')) << rule.id << ": " << prose;
    EXPECT_FALSE(std::string(rule.summary).ends_with('.')) << rule.id;
    EXPECT_LT(std::string(rule.summary).size(), 90U) << rule.id;
    EXPECT_STRNE(rule.bad, rule.good) << rule.id;
  }
}

// Of "simulator/src/check/leaks.cpp, …" or "L2, L16".
std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < list.size();) {
    const std::size_t end = std::min(list.find(", ", begin), list.size());
    parts.push_back(list.substr(begin, end - begin));
    begin = end + 2;
  }
  return parts;
}

TEST(Rules, CiteFactsThatExist) {
  for (const Rule& rule : rules()) {
    for (const std::string& number : parts_of(rule.facts))
      EXPECT_NE(find_fact(number), nullptr) << rule.id << ": " << number;
  }
}

TEST(Rules, NameOnlyRulesThatExist) {  // "is access-invalid-id" in another rule's page
  static const std::regex pattern(R"(\b(register|callback|access|value|slot|free|load)-[a-z-]+)");
  for (const Rule& rule : rules()) {
    const std::string text = std::string(rule.meaning) + " " + rule.fix + " " + rule.consequence;
    for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it)
      EXPECT_NE(find_rule(it->str()), nullptr) << rule.id << ": " << it->str();
  }
}

TEST(Rules, NameTheSourceFilesThatFindThem) {
  for (const Rule& rule : rules()) {
    std::string name = std::string("RuleId::") + rule.id;
    std::replace(name.begin(), name.end(), '-', '_');
    EXPECT_STRNE(rule.detected_in, "") << rule.id;
    for (const std::string& file : parts_of(rule.detected_in)) {
      std::ifstream source(std::filesystem::path(SURISIM_TEST_SOURCE_DIR) / file);
      ASSERT_TRUE(source.is_open()) << rule.id << ": there is no " << file;
      const std::string text{std::istreambuf_iterator<char>(source), {}};
      EXPECT_TRUE(std::regex_search(text, std::regex("\\b" + name + "\\b")))
          << file << " does not mention " << name;
    }
  }
}

TEST(Rules, HaveAnEnumeratorOfTheirName) {
  std::ifstream header(std::filesystem::path(SURISIM_TEST_SOURCE_DIR) /
                       "simulator/include/surisim/rules.hpp");
  const std::string text{std::istreambuf_iterator<char>(header), {}};
  const std::size_t begin = text.find("enum class RuleId");
  const std::string names = text.substr(begin, text.find("};", begin) - begin);
  std::size_t at = 0;
  for (const Rule& rule : rules()) {
    EXPECT_EQ(&rule_of(rule.rule), &rule);
    std::string name = std::string("  ") + rule.id + ",";
    std::replace(name.begin(), name.end(), '-', '_');
    at = names.find(name, at);
    ASSERT_NE(at, std::string::npos) << rule.id << " is not where it should be";
  }
}

TEST(Rules, AreFoundByTheirIdAlone) {
  EXPECT_STREQ(find_rule("value-leaked")->id, "value-leaked");
  EXPECT_EQ(find_rule("value-leake"), nullptr);
  EXPECT_EQ(find_rule(""), nullptr);
}

TEST(UnknownRule, IsReportedWithTheIntendedOne) {
  EXPECT_EQ(unknown_rule("value-leeked"),
            "expected the id of a rule, got \"value-leeked\"; did you mean value-leaked?");
  EXPECT_THAT(unknown_rule("Value_Leaked"), EndsWith("did you mean value-leaked?"));
  EXPECT_THAT(unknown_rule("foreign-thread"), EndsWith("did you mean access-foreign-thread?"));
}

TEST(UnknownRule, IsReportedWithTheCommandThatListsThemIfNoneIsSimilar) {
  EXPECT_EQ(unknown_rule("xyz"),
            "expected the id of a rule, got \"xyz\"; surisim rules lists them");
  EXPECT_THAT(unknown_rule(""), EndsWith("surisim rules lists them"));
  EXPECT_LE(unknown_rule(std::string(100'000, 'a')).size(), 300);
}

// Compiles all examples of a language at once; the compiler's messages name the rule.
void expect_examples_compile(const std::string& language, const std::string& compiler) {
  const std::filesystem::path dir =
      std::filesystem::path(testing::TempDir()) / ("surisim-rule-examples-" + language);
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);
  std::string files;
  for (const Rule& rule : rules()) {
    if (rule.language != language) continue;
    for (const auto& [kind, code] : {std::pair{"bad", rule.bad}, std::pair{"good", rule.good}}) {
      const std::string file =
          (dir / (std::string(rule.id) + "-" + kind + "." + language)).string();
      std::ofstream(file) << rule_example_prelude() << code;
      files += " '" + file + "'";
    }
  }
  const std::string log = (dir / "log").string();
  const std::string command =
      compiler +
      " -fsyntax-only -Wall -Wextra -Werror -Wno-unused-function "
      "-Wno-unused-parameter -Wno-unused-variable -I'" SURISIM_TEST_SOURCE_DIR
      "/simulator/include/suricata' -I'" SURISIM_TEST_SOURCE_DIR "/simulator/include'" +
      files + " >'" + log + "' 2>&1";
  const int status = std::system(command.c_str());
  std::ifstream in(log);
  EXPECT_EQ(status, 0) << std::string(std::istreambuf_iterator<char>(in), {});
  std::filesystem::remove_all(dir);
}

TEST(RuleExamples, AreCThatCompiles) {
  expect_examples_compile("c", SURISIM_TEST_C_COMPILER " -std=gnu11");
}

TEST(RuleExamples, AreCppThatCompiles) {
  expect_examples_compile("cpp", SURISIM_TEST_CXX_COMPILER " -std=c++20");
}

TEST(RulePage, HasAllOfTheTable) {
  const Rule& rule = *find_rule("slot-unset");
  const std::string page = rule_text(rule, false);
  for (const char* text :
       {"warning  slot-unset\n", "(L8, L31)", "\n  The plugin read its own thread slot",
        "    static void OnFlowFinish(ThreadVars *tv, Flow *f, void *user)\n"})
    EXPECT_THAT(page, HasSubstr(text));
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
  EXPECT_THAT(rule_text(rule, true), HasSubstr("\x1b[1mslot-unset\x1b[0m"));
}

TEST(RulePage, HasLinesThatFitATerminal) {
  for (const Rule& rule : rules()) {
    const std::string page = rule_text(rule, false);
    for (std::size_t at = 0; at < page.size();) {
      const std::size_t end = page.find('\n', at);
      EXPECT_LE(end - at, 100U) << rule.id << ": " << page.substr(at, end - at);
      at = end + 1;
    }
  }
}

}  // namespace
}  // namespace surisim::test
