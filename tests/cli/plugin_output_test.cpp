// Goal: what a plugin prints and logs is shown, hidden or kept, as requested. Method: plugins that
// print and log, and where their output arrives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "subprocess.hpp"
#include "temp_dir.hpp"

namespace surisim::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Ran run(const char* name, const Arguments& more) {
  Arguments arguments = {"run", plugin(name), "--flows", "10"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return surisim(arguments);
}

TEST(LogLevel, IsNoticeUnlessGiven) {
  EXPECT_THAT(run("logs", {}).err, AllOf(HasSubstr("a notice"), Not(HasSubstr("an info"))));
}

TEST(LogLevel, ShowsEachLevelUpToItself) {
  const std::vector<std::pair<const char*, const char*>> levels = {{"error", "an error"},
                                                                   {"warning", "a warning"},
                                                                   {"notice", "a notice"},
                                                                   {"info", "an info"},
                                                                   {"perf", "a perf"},
                                                                   {"config", "a config"},
                                                                   {"debug", "a debug, enabled 1"}};
  for (std::size_t last = 0; last < levels.size(); ++last) {
    const std::string err = run("logs", {"--log-level", levels[last].first}).err;
    for (std::size_t i = 0; i < levels.size(); ++i)
      EXPECT_EQ(err.find(levels[i].second) != err.npos, i <= last)
          << levels[i].first << " with --log-level " << levels[last].first;
  }
  EXPECT_EQ(run("logs", {"--log-level", "none"}).err, "");
}

TEST(LogLevel, ThatDoesNotExistListsThoseThatDo) {
  const Ran ran = run("logs", {"--log-level", "loud"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("expected none, error, warning, notice, info, perf, config or "
                                 "debug, got \"loud\""));
}

TEST(QuietPlugin, HidesWhatThePluginPrintsAndLogs) {
  for (const char* where : {"--quiet-plugin", "--plugin-output=/dev/null"}) {
    const Ran ran = run("prints", {where});
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.err, "") << where;
    EXPECT_THAT(ran.out, HasSubstr("verdict: pass"));
  }
  EXPECT_EQ(run("logs", {"--quiet-plugin"}).err, "");
}

TEST(QuietPlugin, HidesItInTheSameProcessToo) {
  const Ran ran = run("prints", {"--quiet-plugin", "--in-process"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("verdict: pass"), Not(HasSubstr("printed by"))));
  EXPECT_THAT(ran.err, Not(HasSubstr("printed by the callback")));
}

TEST(PluginOutput, GoesToAFile) {
  const TempDir dir;
  const std::string file = dir.file("plugin.log");
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(run("prints", {"--plugin-output", file}).err, "");
    const std::string text = read_file(file);
    EXPECT_THAT(text, AllOf(HasSubstr("printed by Init\n"), HasSubstr("by the destructor\n")));
    EXPECT_EQ(text.find("printed by Init"), text.rfind("printed by Init")) << "a run, a file";
  }
}

TEST(PluginOutput, NeedsAWritableFileOfItsOwn) {
  EXPECT_THAT(run("prints", {"--plugin-output", "-"}).err, HasSubstr("expected a file"));
  EXPECT_THAT(run("prints", {"--plugin-output", plugin("prints")}).err,
              HasSubstr("is the plugin too"));
  EXPECT_EQ(run("prints", {"--plugin-output", "/nowhere/log"}).err,
            "surisim: /nowhere/log: cannot be written: No such file or directory\n");
  EXPECT_THAT(run("prints", {"--plugin-output", "log", "--quiet-plugin"}).err,
              HasSubstr("expected it without --plugin-output"));
}

TEST(PluginOutput, IsInJunitAndStillShown) {
  const Ran ran = run("prints", {"--format", "junit"});
  EXPECT_EQ(ran.status, 0);
  for (const char* word : {"printed by Init", "printed by Free", "printed by the destructor"}) {
    EXPECT_THAT(ran.out, HasSubstr(word));
    EXPECT_THAT(ran.err, HasSubstr(word));
  }
  EXPECT_THAT(ran.out, HasSubstr("    <system-out>printed by the constructor&#10;"));
  EXPECT_THAT(run("prints", {"--format", "junit", "--quiet-plugin"}).out,
              HasSubstr("printed by Free"));
}

TEST(PluginOutput, OfAPluginThatCrashedIsInJunit) {
  const Ran ran = run("crash_update", {"--format", "junit", "--log-level", "debug"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, HasSubstr("</testsuites>\n"));
}

TEST(PluginOutput, BeyondALimitIsCutInTheMiddle) {
  const Ran ran = run("prints", {"--format", "junit", "--threads", "64", "--repeat", "100"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("printed by the constructor"), HasSubstr("are left out"),
                             HasSubstr("printed by the destructor")));
  EXPECT_LT(ran.out.size(), std::size_t{400'000});
}

}  // namespace
}  // namespace surisim::test
