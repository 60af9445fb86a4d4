// Goal: mistakes are found, and correct plugins are clean; the plugins were written from the
// catalogue, not from the checker. Method: corpus/bad/RULE-VARIANT and corpus/good/ through the
// command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "plugin_runs.hpp"
#include "surisim/rules.hpp"

namespace surisim::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSubsetOf;
using ::testing::Not;

namespace fs = std::filesystem;

const fs::path kCorpus = fs::path(SURISIM_TEST_SOURCE_DIR) / "tests/rules/corpus";

std::vector<Sample> corpus(const std::string& kind) {
  std::vector<Sample> all;
  for (const auto& entry : fs::directory_iterator(kCorpus / kind)) {
    const std::string name = entry.path().stem();
    all.push_back({name, std::string(SURISIM_RULES_CORPUS_DIR) + "/" + kind + "/" + name + ".so",
                   options_of(entry.path())});
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

// "value-leaked-finish" is about "value-leaked".
const Rule* rule_in(const std::string& name) {
  for (const Rule& rule : rules()) {
    if (name.starts_with(std::string(rule.id) + "-")) return &rule;
  }
  return nullptr;
}

// Using the id of a refused registration implies a refused registration, which is also a violation.
std::vector<std::string> allowed(const std::string& rule) {
  if (rule != "register-result-ignored") return {rule};
  return {rule, "register-duplicate-name", "register-invalid-argument", "register-after-finalize"};
}

std::string test_name(const ::testing::TestParamInfo<Sample>& test) {
  std::string name = test.param.name;
  const auto is_word = [](unsigned char c) { return std::isalnum(c) != 0; };
  std::replace_if(name.begin(), name.end(), std::not_fn(is_word), '_');
  return name;
}

class BadPlugin : public ::testing::TestWithParam<Sample> {};

TEST_P(BadPlugin, BreaksTheRuleInItsNameAndNoOther) {
  const Rule* const rule = rule_in(GetParam().name);
  ASSERT_NE(rule, nullptr) << GetParam().name << " begins with no rule";
  for (const PluginRun& run : run_in(some_settings(), GetParam())) {
    SCOPED_TRACE(run.setting + ":\n" + run.details);
    EXPECT_EQ(run.status, 1);
    EXPECT_THAT(rules_from(run, "note"), Contains(rule->id));
    EXPECT_THAT(rules_from(run, "warning"), IsSubsetOf(allowed(rule->id)));
    EXPECT_THAT(run.places, Each(Not(HasSubstr("libsurisim"))));
    for (const char* of_libc : {"!start_thread", "pthread_once"})
      EXPECT_THAT(run.places, Each(Not(HasSubstr(of_libc))));
  }
}

INSTANTIATE_TEST_SUITE_P(Corpus, BadPlugin, ::testing::ValuesIn(corpus("bad")), test_name);

class GoodPlugin : public ::testing::TestWithParam<Sample> {};

TEST_P(GoodPlugin, IsCleanInEveryMode) {
  for (const PluginRun& run : run_in(all_settings(), GetParam())) {
    SCOPED_TRACE(run.setting + ":\n" + run.details);
    EXPECT_THAT(run.status, testing::AnyOf(0, 1));
    EXPECT_THAT(rules_from(run, "warning"), IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(Corpus, GoodPlugin, ::testing::ValuesIn(corpus("good")), test_name);

std::string sample_plugin(const std::string& name) {
  return std::string(SURISIM_TEST_PLUGIN_DIR) + "/" + name + ".so";
}

std::vector<Sample> sample_plugins() {
  std::vector<Sample> all;
  for (const char* name : {"eve_example_cpp", "flow_counter_c", "flow_counter_cpp", "probe"})
    all.push_back({name, sample_plugin(name)});
  all.push_back({"all_at_once",
                 all[0].plugin_file,
                 {},
                 {all[1].plugin_file, all[2].plugin_file, all[3].plugin_file}});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Samples, GoodPlugin, ::testing::ValuesIn(sample_plugins()), test_name);

Sample bad_plugin(const std::string& name) {
  return {name, std::string(SURISIM_RULES_CORPUS_DIR) + "/bad/" + name + ".so"};
}

// If the wrappers make the call, or are inlined into the caller, the caller's line is reported.
TEST(CallSite, IsInTheAuthorsSourceAndNotInTheWrappers) {
  for (const char* name : {"slot-unset-wrappers", "slot-unset-wrappers-inlined"}) {
    for (const PluginRun& run : run_in(some_settings(), bad_plugin(name))) {
      SCOPED_TRACE(run.setting + ":\n" + run.details);
      EXPECT_THAT(run.sources, Contains(HasSubstr("/slot-unset-wrappers.cpp:")));
    }
  }
}

// Not in operator new, strdup or the simulator's SCMalloc, which many callers share.
TEST(LostMemory, IsReportedAtTheCallThatCausedIt) {
  for (const auto& [name, line] : {std::pair{"value-leaked-second-of-two-sizes", 23},
                                   std::pair{"value-leaked-inner-buffer", 13}}) {
    for (const PluginRun& run : run_in(some_settings(), bad_plugin(name))) {
      SCOPED_TRACE(run.setting + ":\n" + run.details);
      EXPECT_THAT(run.sources, Contains(AllOf(HasSubstr(std::string("/") + name + ".c"),
                                              EndsWith(":" + std::to_string(line)))));
    }
  }
}

TEST(FreeThatThrows, IsReportedInFree) {
  for (const PluginRun& run : run_in(some_settings(), bad_plugin("free-throws-thread"))) {
    SCOPED_TRACE(run.setting + ":\n" + run.details);
    EXPECT_THAT(run.callbacks, Contains("Free"));
  }
}

// L27. The other way, leaving out threads by their names, is the rule's good twin.
TEST(CommandThreads, WithoutAValueOnDemandAreNotReportedEvenWithFailOnNote) {
  const Sample lazy = {"lazy_thread_value",
                       std::string(SURISIM_RULES_CORPUS_DIR) + "/good/lazy_thread_value.so"};
  for (const PluginRun& run : run_in(all_settings(), lazy)) {
    SCOPED_TRACE(run.setting + ":\n" + run.details);
    EXPECT_EQ(run.status, 0);
    EXPECT_THAT(rules_from(run, "note"), IsEmpty());
  }
}

// L3. The call that starts a thread is not intercepted: its place is the function in which it
// happened, if that is known; a constructor is not reported as Init.
TEST(StartedThread, IsReportedInInitOrInAConstructor) {
  for (const PluginRun& run : run_in(some_settings(), bad_plugin("thread-started-in-init-pool"))) {
    SCOPED_TRACE(run.setting + ":\n" + run.details);
    EXPECT_THAT(run.callbacks, Contains("Init"));
    EXPECT_THAT(run.sources, Contains(HasSubstr("/thread-started-in-init-pool.c:")));
  }
  for (const PluginRun& run :
       run_in(some_settings(), bad_plugin("thread-started-in-init-constructor"))) {
    SCOPED_TRACE(run.setting + ":\n" + run.details);
    EXPECT_THAT(run.callbacks, Contains("constructor"));
  }
}

// There is no code at the crash address, so the return address of the call is reported.
TEST(NullFunctionCall, IsReportedWithItsCaller) {
  for (const PluginRun& run : run_in(some_settings(), bad_plugin("callback-crash-null-function"))) {
    SCOPED_TRACE(run.setting + ":\n" + run.details);
    EXPECT_THAT(run.places, Contains(HasSubstr("callback-crash-null-function.so!")));
  }
}

TEST(ForeignSlot, MayBelongToAnotherPlugin) {
  const Sample second = {
      "thread-zero",
      sample_plugin("flow_counter_c"),
      {},
      {std::string(SURISIM_RULES_CORPUS_DIR) + "/bad/access-foreign-slot-thread-zero.so"}};
  for (const PluginRun& run : run_in(some_settings(), second)) {
    SCOPED_TRACE(run.setting + ":\n" + run.details);
    EXPECT_THAT(rules_from(run, "warning"), testing::ElementsAre("access-foreign-slot"));
  }
}

}  // namespace
}  // namespace surisim::test
