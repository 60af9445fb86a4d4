// Goal: whatever a plugin does to its process, the command ends with a report that names rule,
// phase, thread and callback. Method: plugins that crash, hang and exit in known places.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "subprocess.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using testing::StartsWith;

// The one violation of a run that ended badly.
json ending(const std::string& name, const Arguments& more = {}) {
  Arguments arguments = {"run", plugin(name), "--format", "json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Ran ran = surisim(arguments);
  EXPECT_EQ(ran.status, 1) << ran.err;
  const json report = json::parse(ran.out, nullptr, false);
  if (report.is_discarded()) {
    ADD_FAILURE() << "not JSON: " << ran.out;
    return json::object();
  }
  EXPECT_EQ(report["verdict"], "fail");
  EXPECT_EQ(report["violations"].size(), 1U) << report["violations"];
  EXPECT_EQ(report["plugins"].at(0)["path"], plugin(name));
  return report["violations"].at(0);
}

TEST(Crash, InInitIsNamed) {
  const json v = ending("crash_init");
  EXPECT_EQ(v["rule"], "callback-crash");
  EXPECT_EQ(v["phase"], "load plugins");
  EXPECT_EQ(v["thread"], "main");
  EXPECT_EQ(v["callback"], "Init");
  EXPECT_THAT(v["message"].get<std::string>(), AllOf(HasSubstr("SIGSEGV"), HasSubstr("0x0")));
  EXPECT_THAT(v["call_site"].get<std::string>(), StartsWith("crash_init.so"));
}

TEST(Crash, OnAWorkerIsNamedWhileOthersRunTheSameCallback) {
  const json v = ending("crash_update");
  EXPECT_EQ(v["rule"], "callback-crash");
  EXPECT_EQ(v["phase"], "traffic");
  EXPECT_EQ(v["thread"], "W#02-eth0");
  EXPECT_EQ(v["callback"], "flow update");
  EXPECT_THAT(v["call_site"].get<std::string>(),
              MatchesRegex("crash_update\\.so!crash_on_update\\+0x[0-9a-f]+"));
}

// A sanitizer releases freed memory by its own rules.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(Crash, OfAPointerReadFromAFreedValueSaysSo) {  // L33
  const json v = ending("use_freed", {"--threads", "1"});
  EXPECT_EQ(v["rule"], "callback-crash");
  EXPECT_EQ(v["callback"], "flow update");
  EXPECT_THAT(v["message"].get<std::string>(), HasSubstr("read from a value that was freed"));
  EXPECT_THAT(v["call_site"].get<std::string>(), StartsWith("use_freed.so!follow_freed"));
  const json null = ending("crash_init");
  EXPECT_THAT(null["message"].get<std::string>(), Not(HasSubstr("freed")));
}
#endif

TEST(Crash, EndsBenchWithoutMeasurements) {
  const Ran ran = surisim({"bench", plugin("crash_update")});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("callback-crash"));
}

TEST(Crash, KeepsWhatWasKnownAboutThePlugin) {
  const Ran ran = surisim({"run", plugin("crash_update"), "--format", "json"});
  const json report = json::parse(ran.out);
  EXPECT_EQ(report["plugins"].at(0)["name"], "crash_update");
  EXPECT_EQ(report["plugins"].at(0)["slots"].at(0)["name"], "crash_update");
  EXPECT_THAT(report["lifecycle"]["stopped_by"].get<std::string>(), HasSubstr("callback-crash"));
}

TEST(Abort, InAThreadInitCallbackNamesTheThreadItWasFor) {  // L5: it runs on main
  const json v = ending("abort_thread_init");
  EXPECT_EQ(v["rule"], "callback-crash");
  EXPECT_EQ(v["phase"], "create management threads");
  EXPECT_EQ(v["thread"], "main");
  EXPECT_EQ(v["tv"], "FM#01");
  EXPECT_EQ(v["callback"], "thread init");
  EXPECT_THAT(v["call_site"].get<std::string>(), StartsWith("abort_thread_init.so"));
}

TEST(Crash, InADestructorIsReportedAfterTheCompleteRun) {  // L38
  const Ran ran = surisim({"run", plugin("crash_at_exit"), "--format", "json"});
  EXPECT_EQ(ran.status, 1) << ran.err;
  const json report = json::parse(ran.out);
  EXPECT_EQ(report["violations"].back()["rule"], "callback-crash");
  EXPECT_EQ(report["violations"].back()["phase"], "end");
  EXPECT_EQ(report["lifecycle"]["flows"], 2000);
  EXPECT_TRUE(report["lifecycle"]["stopped_by"].is_null());
}

TEST(Exit, OnAWorkerIsNamed) {
  const json v = ending("exit_update");
  EXPECT_EQ(v["rule"], "process-exit");
  EXPECT_EQ(v["phase"], "traffic");
  EXPECT_EQ(v["thread"], "W#01-eth0");
  EXPECT_EQ(v["callback"], "flow update");
  EXPECT_THAT(v["message"].get<std::string>(), HasSubstr("exit() and status 7"));
}

TEST(Exit, WithStatus0AndWithoutOutputIsFoundToo) {
  const json v = ending("exit_now_init");
  EXPECT_EQ(v["rule"], "process-exit");
  EXPECT_EQ(v["thread"], "main");
  EXPECT_EQ(v["callback"], "Init");
}

TEST(Hang, InInitEndsAtTheTimeLimit) {
  const json v = ending("hang_init", {"--timeout", "1"});
  EXPECT_EQ(v["rule"], "callback-hang");
  EXPECT_EQ(v["phase"], "load plugins");
  EXPECT_EQ(v["thread"], "main");
  EXPECT_EQ(v["callback"], "Init");
  EXPECT_THAT(v["message"].get<std::string>(), HasSubstr("within 1 s"));
}

TEST(Hang, OfOneWorkerIsFoundWhileOthersContinue) {
  const json v = ending("hang_update", {"--timeout", "1", "--flows", "1000000000", "--no-record"});
  EXPECT_EQ(v["rule"], "callback-hang");
  EXPECT_EQ(v["thread"], "W#01-eth0");
  EXPECT_EQ(v["callback"], "flow update");
  EXPECT_THAT(v["call_site"].get<std::string>(), StartsWith("hang_update.so!"));
}

TEST(Ending, PrintsTheCommandThatReproducesIt) {
  const Ran ran = surisim({"run", plugin("crash_init"), "--ends", "bucket=1"});
  EXPECT_THAT(ran.out, HasSubstr("\nreproduce: surisim run " + plugin("crash_init") +
                                 " --ends bucket=1 --seed 1\n"));
  EXPECT_EQ(last_line(ran.out), "verdict: fail  1 error");
}

TEST(Ending, CanBeSuppressedLikeAnyViolation) {
  const Ran ran = surisim({"run", plugin("crash_init"), "--suppress", "callback-crash=on purpose"});
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("suppressed  callback-crash, 1 violation: on purpose\n"));
}

// Whether a process has ended, or is a zombie.
bool is_gone(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return true;
  const std::size_t name_end = line.rfind(')');
  return name_end == std::string::npos || line.substr(name_end + 2, 1) == "Z";
}

TEST(Interrupt, EndsTheTrafficCleanlyAndReports) {
  Subprocess run({"run", plugin("prints"), "--flows", "1000000000000", "--no-record"});
  run.wait_for_stderr("printed by the callback");
  run.signal(SIGINT);
  const Ran ran = run.finish();
  EXPECT_EQ(ran.status, 130) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("stopped  interrupted by SIGINT"));
  EXPECT_THAT(last_line(ran.out), StartsWith("verdict: incomplete"));
}

TEST(Interrupt, InProcessEndsCleanlyToo) {
  Subprocess run(
      {"run", plugin("prints"), "--in-process", "--flows", "1000000000000", "--no-record"});
  run.wait_for_stderr("printed by the callback");
  run.signal(SIGTERM);
  const Ran ran = run.finish();
  EXPECT_EQ(ran.status, 143) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("stopped  interrupted by SIGTERM"));
}

TEST(Interrupt, ASecondSignalKillsThePluginToo) {
  Subprocess run({"run", plugin("hang_init"), "--timeout", "0"});
  const std::string line = run.wait_for_stderr("hanging in process ");
  const pid_t child = std::stoi(line.substr(line.rfind(' ') + 1));
  const Ran ran = run.finish_with(SIGINT);
  EXPECT_EQ(ran.signal, SIGINT);
  EXPECT_EQ(ran.out, "");
  while (!is_gone(child)) ::sched_yield();
}

#ifndef __SANITIZE_ADDRESS__  // UBSan needs a file descriptor to check memory
// The plugin is not blamed for checks that are no longer possible.
TEST(FileDescriptors, MayBeExhaustedByThePlugin) {
  const Ran ran = surisim({"run", plugin("no_descriptors"), "--fail-on", "warning"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(last_line(ran.out), StartsWith("verdict: pass"));
}
#endif

TEST(Kill, OfTheCommandEndsThePluginToo) {
  Subprocess run({"run", plugin("hang_init"), "--timeout", "0"});
  const std::string line = run.wait_for_stderr("hanging in process ");
  const pid_t child = std::stoi(line.substr(line.rfind(' ') + 1));
  run.finish_with(SIGKILL);
  while (!is_gone(child)) ::sched_yield();
}

// It is unknown whether the plugin did it, so it is reported with what was running.
TEST(Kill, OfThePluginsProcessIsReportedWithWhatWasRunning) {
  Subprocess run({"run", plugin("hang_init"), "--timeout", "0"});
  const std::string line = run.wait_for_stderr("hanging in process ");
  ::kill(std::stoi(line.substr(line.rfind(' ') + 1)), SIGKILL);
  const Ran ran = run.finish();
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, HasSubstr("callback-crash"));
  EXPECT_THAT(ran.out, HasSubstr("died of SIGKILL"));
  EXPECT_THAT(ran.out, HasSubstr("from outside"));
  EXPECT_THAT(ran.out, HasSubstr("in Init"));
}

// In a script `surisim … &` ignores SIGINT; it continues to, and SIGTERM still ends it.
TEST(Interrupt, IsObeyedEvenIfAnotherSignalIsIgnored) {
  const auto before = ::signal(SIGINT, SIG_IGN);
  Subprocess run({"run", plugin("hang_init"), "--timeout", "0"});
  ::signal(SIGINT, before);
  run.wait_for_stderr("hanging in process ");
  run.signal(SIGINT);
  const Ran ran = run.finish_with(SIGTERM);
  EXPECT_EQ(ran.signal, SIGTERM);
}

TEST(Interrupt, BySighupReportsToo) {
  Subprocess run({"run", plugin("prints"), "--flows", "1000000000000", "--no-record"});
  run.wait_for_stderr("printed by the callback");
  run.signal(SIGHUP);
  const Ran ran = run.finish();
  EXPECT_EQ(ran.status, 129) << ran.err;
  EXPECT_THAT(last_line(ran.out), StartsWith("verdict: incomplete"));
}

// SIGQUIT ends the command without a report.
TEST(Interrupt, BySigquitLeavesNothingBehind) {
  Subprocess run({"run", plugin("hang_init"), "--timeout", "0"});
  const std::string line = run.wait_for_stderr("hanging in process ");
  const pid_t child = std::stoi(line.substr(line.rfind(' ') + 1));
  run.signal(SIGQUIT);
  EXPECT_EQ(run.finish().signal, SIGQUIT);
  while (!is_gone(child)) ::sched_yield();
}

#ifndef __SANITIZE_THREAD__  // which delays signals until a function is called
TEST(Interrupt, OfAPluginThatDoesNotEndSaysSoAfterAWhile) {
  Subprocess run({"run", plugin("hang_init"), "--timeout", "0"});
  run.wait_for_stderr("hanging in process ");
  run.signal(SIGTERM);
  const Ran ran = run.finish();
  EXPECT_EQ(ran.status, 143) << ran.err;
  EXPECT_THAT(last_line(ran.out), StartsWith("verdict: incomplete"));
}
#endif

}  // namespace
}  // namespace surisim::test
