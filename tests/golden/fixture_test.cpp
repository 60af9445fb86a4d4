// Goal: MatchesGolden finds the file next to the test's source, updates it on request, and never
// passes by accident.
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "plugins.hpp"
#include "surisim/fixtures/golden.hpp"
#include "surisim/fixtures/lifecycle_test.hpp"

namespace {

using surisim::Lifecycle;
using surisim::fixtures::MatchesGolden;
using surisim::test::Change;
using surisim::test::init_with;
using testing::AllOf;
using testing::HasSubstr;

class GoldenFixture : public surisim::fixtures::LifecycleTest {
 protected:
  GoldenFixture() { ::unsetenv("SURISIM_UPDATE_GOLDEN"); }
  ~GoldenFixture() override {
    ::unsetenv("SURISIM_UPDATE_GOLDEN");
    std::filesystem::remove(file_);
  }
  void run_with(Change change) {
    load("plugin", init_with(change));
    ASSERT_TRUE(run());
  }
  std::string message() const {
    testing::StringMatchResultListener listener;
    const auto matcher = MatchesGolden(file_);
    EXPECT_FALSE(matcher.MatchAndExplain(lifecycle(), &listener));
    return listener.str();
  }
  bool matches() const { return testing::Value(lifecycle(), MatchesGolden(file_)); }
  std::string update() {
    ::setenv("SURISIM_UPDATE_GOLDEN", "1", 1);
    testing::internal::CaptureStdout();
    EXPECT_TRUE(matches());
    ::unsetenv("SURISIM_UPDATE_GOLDEN");
    return testing::internal::GetCapturedStdout();
  }

  std::string file_ = testing::TempDir() + "surisim-" + std::to_string(::getpid()) + ".golden";
};

class GoldenBesideTheTest : public surisim::fixtures::LifecycleTest {};

TEST_F(GoldenBesideTheTest, IsFoundByItsName) {
  load("plugin", init_with(Change::nothing));
  ASSERT_TRUE(run());
  EXPECT_THAT(lifecycle(), MatchesGolden("plugin.golden"));
}

TEST_F(GoldenFixture, FailsWhenTheFileIsMissing) {
  run_with(Change::nothing);
  EXPECT_THAT(message(), HasSubstr("SURISIM_UPDATE_GOLDEN=1"));
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(GoldenFixture, WritesTheFileOnRequestAndSaysSo) {
  run_with(Change::nothing);
  EXPECT_THAT(update(), HasSubstr("wrote " + file_));
  EXPECT_TRUE(matches());
  EXPECT_THAT(update(), HasSubstr(file_ + " is up to date"));
}

TEST_F(GoldenFixture, FailsWithTheDifference) {
  run_with(Change::nothing);
  update();
  TearDown();
  run_with(Change::callback_lost);
  EXPECT_THAT(message(), AllOf(HasSubstr("it differs"), HasSubstr("- thread init callback 2")));
}

TEST_F(GoldenFixture, FailsWithTheOptionsThatDiffer) {
  run_with(Change::nothing);
  update();
  TearDown();
  options.threads = 1;
  run_with(Change::nothing);
  EXPECT_THAT(message(), HasSubstr("recorded with --threads 2, run with --threads 1"));
}

TEST_F(GoldenFixture, FailsWithTheInvalidLine) {
  run_with(Change::nothing);
  std::ofstream(file_) << "surisim golden 1\nwhat\n";
  EXPECT_THAT(message(), HasSubstr("line 2: expected"));
}

}  // namespace
