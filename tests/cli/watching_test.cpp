// Goal: whatever a plugin does to the processes and files around it, the run ends, does not pass
// without having been judged, leaves nothing behind, and writes complete reports. Method: a hostile
// plugin that does one such thing during traffic.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "subprocess.hpp"
#include "temp_dir.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Arguments hostile(const std::string& how, const Arguments& more = {}) {
  adopt_orphans();
  Arguments all = {"run", plugin("hostile"), "--set", "hostile.how=" + how, "--timeout", "1"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

// The only violation of a run with a JSON report that failed.
json violation_of(const std::string& how) {
  const Ran ran = surisim(hostile(how, {"--format", "json"}));
  EXPECT_TRUE(nothing_left()) << how;
  EXPECT_EQ(ran.status, 1) << how << ran.err;
  const json report = json::parse(ran.out, nullptr, false);
  if (report.is_discarded() || report["violations"].size() != 1) {
    ADD_FAILURE() << how << ": " << ran.out << ran.err;
    return {{"rule", ""}, {"message", ""}};
  }
  EXPECT_EQ(report["verdict"], "fail");
  return report["violations"][0];
}

#ifndef __SANITIZE_THREAD__  // which does not understand synchronisation with another process
TEST(Watching, APluginThatSignalsItsParentIsStillJudged) {
  for (const auto& [how, says] : {std::pair{"terminate-parent", "sent SIGTERM"},
                                  {"interrupt-parent", "sent SIGINT"},
                                  {"terminate-command", "sent SIGTERM"}}) {
    const json v = violation_of(how);
    EXPECT_EQ(v["rule"], "process-exit");
    EXPECT_THAT(v["message"].get<std::string>(), HasSubstr(says));
  }
}
#endif

TEST(Watching, APluginThatKillsOrStopsItsParentIsReported) {
  for (const auto& [how, says] : {std::pair{"kill-parent", "was killed by SIGKILL"},
                                  {"stop-parent", "was stopped by SIGSTOP"}}) {
    const json v = violation_of(how);
    EXPECT_EQ(v["rule"], "process-exit");
    EXPECT_THAT(v["message"].get<std::string>(), HasSubstr(says));
  }
  EXPECT_THAT(violation_of("trace-parent")["message"].get<std::string>(),
              AnyOf(HasSubstr("is being traced"), HasSubstr("was stopped by SIGSTOP")));
}

TEST(Watching, APluginThatStopsItselfHangs) {
  for (const char* how : {"stop-self", "stop-group"})
    EXPECT_EQ(violation_of(how)["rule"], "callback-hang") << how;
#ifndef __SANITIZE_THREAD__  // which makes vfork() a fork()
  EXPECT_EQ(violation_of("vfork")["rule"], "callback-hang");
#endif
}

TEST(Watching, AThreadThatIsTracedByItsParentEndsLikeAnyOther) {
  const Ran ran = surisim(hostile("trace-me"));
  EXPECT_TRUE(nothing_left());
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
}

TEST(Watching, ProcessesThatThePluginHasStartedEndWithIt) {
#ifdef __SANITIZE_THREAD__  // a process by clone() would work on its state of the threads
  const std::vector<const char*> ways = {"daemon"};
#else
  const std::vector<const char*> ways = {"clone", "clone-sibling", "daemon"};
#endif
  for (const char* how : ways) {
    const Ran ran = surisim(hostile(how));
    EXPECT_TRUE(nothing_left()) << how;
    EXPECT_EQ(ran.status, 0) << how << ran.out << ran.err;
  }
}

TEST(TimeLimit, EndsTheRunWithoutAPass) {
  const Ran ran = surisim(
      {"run", plugin("good"), "--flows", "1000000000000", "--no-record", "--time-limit", "1"});
  EXPECT_EQ(ran.status, 124) << ran.err;
  EXPECT_THAT(last_line(ran.out), AllOf(StartsWith("verdict: incomplete"),
                                        HasSubstr("the time limit of 1 s was reached")));
}

TEST(TimeLimit, EndsARunThatDoesNotEndCleanly) {
  const Ran ran = surisim(
      {"run", plugin("hang_init"), "--timeout", "0", "--time-limit", "1", "--format", "json"});
  EXPECT_EQ(ran.status, 124) << ran.err;
}

TEST(Reports, CannotBeReachedByThePlugin) {
  const TempDir dir;
  const Ran ran = surisim(hostile(
      "write-everywhere",
      {"--output", dir.file("r.json"), "--output", dir.file("r.xml"), "--output",
       dir.file("r.sarif"), "--events", dir.file("events"), "--eve", dir.file("eve.json")}));
  EXPECT_FALSE(json::parse(read_file(dir.file("r.json")), nullptr, false).is_discarded());
  EXPECT_FALSE(json::parse(read_file(dir.file("r.sarif")), nullptr, false).is_discarded());
  EXPECT_THAT(read_file(dir.file("r.xml")), StartsWith("<?xml"));
  for (const char* name : {"events", "eve.json"}) {
    std::ifstream in(dir.file(name));
    std::size_t lines = 0;
    for (std::string line; std::getline(in, line); ++lines)
      EXPECT_FALSE(json::parse(line, nullptr, false).is_discarded()) << name << ": " << line;
    EXPECT_GT(lines, 100U) << name;
  }
}

// The rules that were not broken by then were not judged.
TEST(JunitReport, SkipsWhatWasNotJudged) {
  const Ran ran = surisim({"run", plugin("crash_update"), "--format", "junit"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("name=\"value-leaked\">\n      <skipped message=\"not judged "
                              "to the end: the run ended early: callback-crash\"/>"),
                    HasSubstr("name=\"callback-crash\"")));
  EXPECT_THAT(surisim({"run", plugin("good"), "--format", "junit"}).out,
              testing::Not(HasSubstr("<skipped")));
}

}  // namespace
}  // namespace surisim::test
