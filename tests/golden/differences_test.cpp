// Goal: a single change in a plugin's behaviour is found, and described in terms of the lifecycle.
// Method: an in-process plugin with one change, compared with the unchanged plugin.
#include <gmock/gmock.h>

#include <string>

#include "plugins.hpp"
#include "surisim/fixtures/golden.hpp"
#include "surisim/fixtures/lifecycle_test.hpp"

namespace {

using surisim::Lifecycle;
using surisim::test::Change;
using surisim::test::init_with;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class Differences : public surisim::fixtures::LifecycleTest {
 protected:
  Lifecycle lifecycle_with(Change change) {
    load("plugin", init_with(change));
    EXPECT_TRUE(run());
    Lifecycle out = lifecycle();
    TearDown();
    return out;
  }
  std::string found(Change change) {
    const Lifecycle golden = lifecycle_with(Change::nothing);
    return to_text(differences(golden, lifecycle_with(change)));
  }
};

TEST_F(Differences, AreNoneWithoutAChange) { EXPECT_THAT(found(Change::nothing), IsEmpty()); }

TEST_F(Differences, NameSwappedSlots) {
  EXPECT_THAT(found(Change::slots_swapped),
              AllOf(HasSubstr("  Init of plugin, on main\n"),
                    HasSubstr("~ thread slot \"b\": id 0; recorded: id 1\n"),
                    HasSubstr("~ thread slot \"a\": id 1; recorded: id 0\n"),
                    HasSubstr(" now comes before ")));
}

TEST_F(Differences, NameSwappedCallbacks) {
  EXPECT_THAT(
      found(Change::callbacks_swapped),
      AllOf(HasSubstr("  Init of plugin, on main\n    > flow finish callback "),
            HasSubstr("on_flow_finish("), HasSubstr(" now comes before flow init callback "),
            HasSubstr("on_flow_init(")));
}

TEST_F(Differences, NameALostThreadInitCallback) {
  EXPECT_THAT(
      found(Change::callback_lost),
      AllOf(HasSubstr("- thread init callback"),
            HasSubstr("  creating, on main: US, W#01-eth0, W#02-eth0, FM#01, FR#01, CW, CS, HB\n"
                      "    - thread init callback 2, of plugin  (after set \"a\")\n"
                      "    - set \"b\""),
            HasSubstr("- Free \"b\", set on main")));
}

TEST_F(Differences, NameALostFlowCallback) {
  EXPECT_THAT(
      found(Change::update_lost),
      AllOf(HasSubstr("- flow update callback"), HasSubstr("- flow update: on the flow's worker"),
            HasSubstr("+ a flow's life: init, finish, storage freed")));
}

TEST_F(Differences, NameAThreadValueFreedOnAnotherThread) {
  EXPECT_THAT(
      found(Change::freed_on_worker),
      AllOf(HasSubstr("  freeing, on main: W#01-eth0, W#02-eth0\n    - Free \"a\", set on main"),
            HasSubstr("  while flows pass\n"
                      "    + a worker, in flow init: Free \"a\", set on main\n")));
}

TEST_F(Differences, NameAFlowValueFreedElsewhere) {
  EXPECT_THAT(found(Change::flow_value_early),
              AllOf(HasSubstr("- Free \"of a flow\": after flow finish, on a recycler"),
                    HasSubstr("+ Free \"of a flow\": in flow update, on the flow's worker")));
}

TEST_F(Differences, NameAThreadValueSetOnAnotherThread) {
  EXPECT_THAT(found(Change::set_on_worker),
              AllOf(HasSubstr("- set \"a\""), HasSubstr("+ a worker, in flow init: set \"a\"")));
}

// Each line of a golden file counts: removing or repeating it is a difference.
TEST_F(Differences, AreFoundForEachLineOfAGoldenFile) {
  const Lifecycle run = lifecycle_with(Change::nothing);
  for (std::size_t s = 0; s < run.sections.size(); ++s) {
    for (std::size_t i = 0; i < run.sections[s].lines.size(); ++i) {
      Lifecycle golden = run;
      auto& lines = golden.sections[s].lines;
      const auto at = lines.begin() + static_cast<std::ptrdiff_t>(i);
      const std::string line = *at;
      lines.erase(at);
      EXPECT_THAT(to_text(differences(golden, run)), HasSubstr("+ " + line)) << "without " << line;
      EXPECT_THAT(to_text(differences(run, golden)), HasSubstr("- " + line)) << "twice " << line;
    }
  }
}

// Runs with options that change the lifecycle are not compared; the options are named.
TEST_F(Differences, AreTheOptionsWhenThoseDiffer) {
  const Lifecycle golden = lifecycle_with(Change::nothing);
  options.threads = 3;
  options.traffic.seed = 7;
  EXPECT_EQ(settings_differ(golden, lifecycle_with(Change::nothing)),
            "recorded with --threads 2 --seed 1, run with --threads 3 --seed 7");
  EXPECT_EQ(settings_differ(golden, golden), "");
}

}  // namespace
