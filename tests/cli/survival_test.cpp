// Goal: whatever a plugin does to its process, wherever its code runs, the command ends in time
// with a complete report and leaves no process behind. Method: one plugin that ends the process in
// the given way at the given place; the test is the subreaper of its orphans.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "subprocess.hpp"
#include "temp_dir.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct Died {
  Ran ran;
  json report;
  json last;  // violation: how it ended
};

Died die(const std::string& how, const std::string& where, const Arguments& more = {}) {
  adopt_orphans();
  Arguments arguments = {"run",     plugin("die"), "--format", "json",
                         "--flows", "200",         "--ends",   "recycler=1"};
  if (where == "eve" || where == "packet_logger")
    arguments.insert(arguments.end(), {"--eve", "/dev/null"});
  for (const std::string& text : {"die.how=" + how, "die.where=" + where}) {
    arguments.emplace_back("--set");
    arguments.push_back(text);
  }
  arguments.insert(arguments.end(), more.begin(), more.end());
  Died died{surisim(arguments), json::object(), json::object()};
  EXPECT_TRUE(nothing_left()) << how << " in " << where;
  json report = json::parse(died.ran.out, nullptr, false);
  if (report.is_discarded()) {
    ADD_FAILURE() << how << " in " << where << " is not JSON: " << died.ran.out << died.ran.err;
    return died;
  }
  died.report = std::move(report);
  if (!died.report["violations"].empty()) died.last = died.report["violations"].back();
  return died;
}

std::string text_of(const json& violation, const char* key) {
  const auto at = violation.find(key);
  return at == violation.end() || !at->is_string() ? "" : at->get<std::string>();
}

// A place where the plugin's code runs, and what a report must say about it.
struct Site {
  const char* where;
  const char* phase;
  const char* thread;
  const char* callback;
};
constexpr Site kUpdate = {"flow_update", "traffic", "W#02-eth0", "flow update"};
constexpr Site kInit = {"init", "load plugins", "main", "Init"};
constexpr Site kClose = {"close", "end", "main", "destructor"};
constexpr Site kSites[] = {
    {"open", "load plugins", "main", "constructor"},
    {"register", "load plugins", "main", "SCPluginRegister"},
    kInit,
    {"logging_ready", "outputs", "main", "logging ready"},
    {"thread_init", "create packet threads", "main", "thread init"},
    {"flow_init", "traffic", "W#02-eth0", "flow init"},
    kUpdate,
    {"flow_finish", "", "FR#01", "flow finish"},
    {"eve", "", "", "EVE"},
    {"packet_logger", "traffic", "W#02-eth0", "packet logger"},
    {"flow_logger", "", "", "flow logger"},
    {"free", "free management threads", "main", "Free"},
    {"atexit", "end", "main", "destructor"},
    kClose,
};

void expect_at(const Site& site, const json& v) {
  if (*site.phase != '\0') {
    EXPECT_EQ(text_of(v, "phase"), site.phase) << v;
  }
  if (*site.thread != '\0') {
    EXPECT_EQ(text_of(v, "thread"), site.thread) << v;
  }
  EXPECT_EQ(text_of(v, "callback"), site.callback) << v;
}

// A plugin that ends before its Init has registered nothing, so nothing else is reported.
bool had_registered(const Site& site) {
  return std::string_view(site.where) != "open" && std::string_view(site.where) != "register";
}

void expect_found_before(const Site& site, const Died& died) {
  if (!had_registered(site)) return;
  EXPECT_EQ(died.report["violations"].at(0)["rule"], "register-invalid-argument") << died.report;
}

TEST(Survival, ACrashIsNamedWhereverThePluginsCodeRuns) {
  for (const Site& site : kSites) {
    SCOPED_TRACE(site.where);
    const Died died = die("segv", site.where);
    EXPECT_EQ(died.ran.status, 1) << died.ran.err;
    EXPECT_EQ(died.last["rule"], "callback-crash");
    expect_at(site, died.last);
    expect_found_before(site, died);
    EXPECT_THAT(text_of(died.last, "message"), AllOf(HasSubstr("SIGSEGV"), HasSubstr("0x0")));
    EXPECT_THAT(text_of(died.last, "call_site"), StartsWith("die.so"));
  }
}

TEST(Survival, AnEndlessLoopIsNamedWhereverThePluginsCodeRuns) {
  for (const Site& site : kSites) {
    SCOPED_TRACE(site.where);
    const Died died = die("spin", site.where, {"--timeout", "2"});
    EXPECT_EQ(died.ran.status, 1) << died.ran.err;
    EXPECT_EQ(died.last["rule"], "callback-hang");
    expect_at(site, died.last);
    expect_found_before(site, died);
    EXPECT_THAT(text_of(died.last, "message"), HasSubstr("within 2 s"));
#ifndef __SANITIZE_THREAD__  // which keeps signals back until something is called
    EXPECT_THAT(text_of(died.last, "call_site"), StartsWith("die.so!spin"));
#endif
  }
}

void expect_exit_at(const Site& site, const std::string& how) {
  SCOPED_TRACE(how + " in " + site.where);
  const Died died = die(how, site.where);
  if (std::string_view(site.callback) == "destructor" &&
      died.last.value("rule", "") != "process-exit")
    return;  // a sanitizer changes the exit status
  EXPECT_EQ(died.ran.status, 1) << died.ran.err;
  EXPECT_EQ(died.last["rule"], "process-exit");
  expect_at(site, died.last);
  expect_found_before(site, died);
  EXPECT_THAT(text_of(died.last, "message"), HasSubstr("with " + how + "() and status 7"));
  EXPECT_THAT(text_of(died.last, "call_site"), StartsWith("die.so"));
  EXPECT_THAT(text_of(died.last, "plugin"), EndsWith("die.so"));
}

TEST(Survival, AnExitIsNamedWhereverThePluginsCodeRuns) {
  for (const Site& site : kSites)
    for (const char* how : {"_exit", "exit"}) expect_exit_at(site, how);
}

TEST(Survival, AnExceptionOutOfADestructorOrAnExitHandlerIsACrash) {
  for (const Site& site : kSites) {
    if (std::string_view(site.callback) != "destructor") continue;
    SCOPED_TRACE(site.where);
    const Died died = die("throw", site.where);
    EXPECT_EQ(died.ran.status, 1) << died.ran.err;
    EXPECT_EQ(died.last["rule"], "callback-crash");
    expect_at(site, died.last);
    EXPECT_THAT(text_of(died.last, "message"), HasSubstr("SIGABRT"));
    EXPECT_THAT(text_of(died.last, "call_site"), StartsWith("die.so"));
    EXPECT_EQ(died.report["lifecycle"]["flows"], 200);
  }
}

TEST(Survival, AnEveFileTypeThatThrowsIsThePluginsMistakeAndNotTheOptions) {
  const std::pair<const char*, const char*> functions[] = {
      {"filetype_init", "an exception left its Init"},
      {"filetype_thread_init", "an exception left its ThreadInit"}};
  for (const auto& [function, says] : functions) {
    SCOPED_TRACE(function);
    const Died died = die("throw", function, {"--eve-filetype", "die"});
    EXPECT_EQ(died.ran.status, 1) << died.ran.err;
    EXPECT_EQ(died.last["rule"], "callback-exception");
    EXPECT_EQ(died.last["callback"], "EVE file type");
    EXPECT_THAT(text_of(died.last, "call_site"), StartsWith(std::string("die.so!") + function));
    EXPECT_THAT(text_of(died.report["lifecycle"], "stopped_by"), HasSubstr(says));
  }
}

TEST(Survival, AnEveFileTypeThatInitDidNotGetToRegisterIsThePluginsMistake) {
  const Died died = die("throw", "init", {"--eve-filetype", "die"});
  EXPECT_EQ(died.ran.status, 1) << died.ran.err;
  EXPECT_EQ(died.last["rule"], "callback-exception");
  EXPECT_EQ(died.last["callback"], "Init");
  const Ran suppressed =
      surisim({"run", plugin("die"), "--eve-filetype", "die", "--set", "die.how=throw", "--set",
               "die.where=init", "--suppress", "callback-exception=on purpose", "--suppress",
               "register-invalid-argument=on purpose"});
  EXPECT_EQ(suppressed.status, 2) << suppressed.out;
}

TEST(Survival, AMistakeInADestructorOrAnExitHandlerIsReportedThere) {
  for (const Site& site : kSites) {
    if (std::string_view(site.callback) != "destructor") continue;
    SCOPED_TRACE(site.where);
    const Died died = die("null-handle", site.where);
    EXPECT_EQ(died.ran.status, 1) << died.ran.err;
    EXPECT_EQ(died.last["rule"], "access-invalid-handle");
    expect_at(site, died.last);
  }
}

struct Way {
  const char* how;
  const char* says;
};

TEST(Survival, EverySignalIsReportedOnTheThreadThatItHits) {
  for (const Way& way :
       {Way{"bus", "SIGBUS"}, Way{"fpe", "SIGFPE"}, Way{"ill", "SIGILL"}, Way{"trap", "SIGTRAP"},
        Way{"null-call", "SIGSEGV"}, Way{"wild-jump", "SIGSEGV"}, Way{"wild-address", "SIGSEGV"},
        Way{"abort", "SIGABRT"}, Way{"overflow", "SIGSEGV"}, Way{"terminate", "SIGABRT"},
        Way{"noexcept", "SIGABRT"}}) {
    for (const Site& site : {kInit, kUpdate}) {
      SCOPED_TRACE(std::string(way.how) + " in " + site.where);
      const Died died = die(way.how, site.where);
      EXPECT_EQ(died.ran.status, 1) << died.ran.err;
      EXPECT_EQ(died.last["rule"], "callback-crash");
      expect_at(site, died.last);
      EXPECT_THAT(text_of(died.last, "message"), HasSubstr(way.says));
    }
  }
}

TEST(Survival, EveryExitIsReportedOnTheThreadThatCalledIt) {
  for (const Way& way :
       {Way{"exit", "exit() and status 7"}, Way{"_exit", "_exit() and status 7"},
        Way{"_Exit", "_Exit() and status 7"}, Way{"quick_exit", "quick_exit() and status 7"},
        Way{"errx", "exit() and status 7"}}) {
    for (const Site& site : {kInit, kUpdate}) {
      SCOPED_TRACE(std::string(way.how) + " in " + site.where);
      const Died died = die(way.how, site.where);
      EXPECT_EQ(died.ran.status, 1) << died.ran.err;
      EXPECT_EQ(died.last["rule"], "process-exit");
      expect_at(site, died.last);
      EXPECT_THAT(text_of(died.last, "message"), HasSubstr(way.says));
      EXPECT_THAT(text_of(died.last, "call_site"), StartsWith("die.so!"));
    }
  }
}

// Other workers may crash because the first one's exit handlers destroy objects that they use; how
// many exit first is random.
TEST(Survival, AnExitOfSeveralWorkersAtOnceIsAnExitAndNoCrash) {
  for (int i = 0; i < 5; ++i) {
    const Ran ran = surisim({"run", plugin("exits_at_once"), "--threads", "8", "--format", "json"});
    EXPECT_EQ(ran.status, 1);
    const json all = json::parse(ran.out)["violations"];
    ASSERT_EQ(all.size(), 1U) << all;
    EXPECT_EQ(all[0]["rule"], "process-exit");
    EXPECT_THAT(text_of(all[0], "message"), HasSubstr("exit() and status 3"));
    EXPECT_THAT(text_of(all[0], "call_site"), HasSubstr("on_flow_init"));
  }
}

TEST(Survival, AnExitBySystemCallIsFoundThoughItsThreadIsUnknown) {
  const Died in_init = die("exit_group", "init");
  EXPECT_EQ(in_init.last["rule"], "process-exit");
  expect_at(kInit, in_init.last);
  expect_found_before(kInit, in_init);
  const Died on_worker = die("exit_group", "flow_update");
  EXPECT_EQ(on_worker.ran.status, 1);
  EXPECT_EQ(on_worker.last["rule"], "process-exit");
  EXPECT_EQ(on_worker.last["phase"], "traffic");
  EXPECT_THAT(text_of(on_worker.last, "message"), HasSubstr("status 7"));
  expect_found_before(kUpdate, on_worker);
}

TEST(Survival, TheLastCallsAreNamed) {
  const Died died = die("segv", "flow_update");
  EXPECT_EQ(died.last["function"], "SCLogMessage");
  EXPECT_THAT(text_of(died.last, "message"),
              HasSubstr("called before: SCThreadGetStorageById, SCLogMessage"));
}

TEST(Survival, ADeadlockIsAHang) {
  const Died died = die("deadlock", "flow_update", {"--timeout", "2"});
  EXPECT_EQ(died.last["rule"], "callback-hang");
  expect_at(kUpdate, died.last);
}

TEST(Survival, AHangIsEndedEvenIfThePluginBlocksSignalsAndChangesItsProcessGroup) {
  const Died died = die("deaf", "flow_update", {"--timeout", "2"});
  EXPECT_EQ(died.last["rule"], "callback-hang");
  expect_at(kUpdate, died.last);
}

#ifndef __SANITIZE_THREAD__  // which keeps signals back until something is called
TEST(Survival, UnboundedMemoryGrowthEndsAtTheLimit) {
  for (const Site& site : {kInit, kUpdate, kClose}) {
    SCOPED_TRACE(site.where);
    const Died died = die("grow", site.where, {"--memory-limit", "600"});
    EXPECT_EQ(died.ran.status, 1) << died.ran.err;
    EXPECT_EQ(died.last["rule"], "callback-crash");
    expect_at(site, died.last);
    EXPECT_THAT(text_of(died.last, "message"), HasSubstr("more memory than the limit of 600 MiB"));
    EXPECT_THAT(text_of(died.last, "call_site"), StartsWith("die.so!grow"));
    EXPECT_THAT(text_of(died.last, "plugin"), EndsWith("die.so"));
    expect_found_before(site, died);
  }
}
#endif

// The run completed normally. `also`: a rule that it breaks.
void expect_a_whole_run(const Died& died, const char* also = "value-command-thread") {
  EXPECT_EQ(died.report["lifecycle"]["flows"], 200) << died.report;
  EXPECT_TRUE(died.report["lifecycle"]["stopped_by"].is_null()) << died.report;
  for (const json& v : died.report["violations"]) {
    EXPECT_THAT(text_of(v, "rule"),
                AnyOf("register-invalid-argument", "value-command-thread", also));
  }
}

// The pid at the end of the line that contains `text`.
pid_t pid_after(const std::string& text, const std::string& err) {
  const std::size_t at = err.find(text + " in process ");
  return at == std::string::npos ? 0 : std::stoi(err.substr(at + text.size() + 12));
}

TEST(Survival, ProcessesForkedByThePluginDoNotOutliveTheRun) {
  for (const Way& way : {Way{"fork", "forked"}, Way{"daemonise", "daemon"}}) {
    SCOPED_TRACE(way.how);
    const Died died = die(way.how, "init", {"--fail-on", "warning"});
    expect_a_whole_run(died);
    const pid_t pid = pid_after(way.says, died.ran.err);
    EXPECT_TRUE(pid == 0 || ::kill(pid, 0) != 0);
  }
}

TEST(Survival, APluginThatForksAndExitsInTheParentHasExited) {
  const Died died = die("daemon", "init");
  EXPECT_EQ(died.last["rule"], "process-exit");
  expect_at(kInit, died.last);
}

TEST(Survival, TheEndOfAForkedProcessIsNotTheEndOfThePlugin) {
  for (const char* how : {"fork-crash", "fork-exit"}) {
    SCOPED_TRACE(how);
    expect_a_whole_run(die(how, "flow_update"));
  }
}

TEST(Survival, ACrashIsReportedEvenIfThePluginHasSignalHandlers) {
  const Died blocked = die("block-crash", "init");
  EXPECT_EQ(blocked.last["rule"], "callback-crash");
  expect_at(kInit, blocked.last);
  const Died returns = die("handler-returns", "init", {"--timeout", "2"});
  EXPECT_EQ(returns.last["rule"], "callback-hang");
  expect_at(kInit, returns.last);
  const Died exits = die("handler-exits", "flow_update");
  EXPECT_EQ(exits.last["rule"], "process-exit");
  expect_at(kUpdate, exits.last);
  const Died aborts = die("abort-handler", "init");
  EXPECT_EQ(aborts.last["rule"], "callback-crash");
  EXPECT_THAT(text_of(aborts.last, "message"), HasSubstr("SIGABRT"));
}

// After start-up Suricata handles the signal: the engine stops cleanly.
TEST(Survival, ASigtermThatThePluginSendsItselfStopsTheRunCleanly) {
  const Died term = die("term", "flow_update");
  EXPECT_TRUE(term.report["lifecycle"]["stopped_by"].is_null()) << term.report;
  EXPECT_EQ(term.report["lifecycle"]["values_left"], 0);
  for (const json& v : term.report["violations"]) EXPECT_NE(v["rule"], "process-exit") << v;
}

TEST(Survival, SignalsThatThePluginSendsItselfAreNamed) {
  const Died alarm = die("alarm", "init");
  EXPECT_EQ(alarm.last["rule"], "callback-crash");
  EXPECT_THAT(text_of(alarm.last, "message"), HasSubstr("SIGALRM"));
  expect_at(kInit, alarm.last);
  const Died term = die("term", "init");
  EXPECT_EQ(term.last["rule"], "process-exit");
  EXPECT_THAT(text_of(term.last, "message"), HasSubstr("SIGTERM to itself"));
  expect_at(kInit, term.last);
  const Died usr1 = die("usr1", "init");
  EXPECT_EQ(usr1.last["rule"], "callback-crash");
  EXPECT_THAT(text_of(usr1.last, "message"), HasSubstr("SIGUSR1"));
  expect_at(kInit, usr1.last);
}

TEST(Survival, AWorkerThatThePluginEndsIsNamed) {
  for (const char* how : {"pthread_exit", "pthread_cancel"}) {
    SCOPED_TRACE(how);
    const Died died = die(how, "flow_update");
    EXPECT_EQ(died.ran.status, 1);
    EXPECT_EQ(died.last["rule"], "callback-crash");
    expect_at(kUpdate, died.last);
    EXPECT_THAT(text_of(died.last, "message"), HasSubstr("pthread_exit or pthread_cancel"));
  }
}

TEST(Survival, AThreadThatThePluginStartedIsReportedAsThePlugins) {
  const Died died = die("own-thread:segv", "init");
  EXPECT_EQ(died.last["rule"], "callback-crash");
  EXPECT_THAT(text_of(died.last, "message"), HasSubstr("not one of Suricata's"));
  EXPECT_THAT(text_of(died.last, "call_site"), StartsWith("die.so"));
}

TEST(Survival, ClosingAllFileDescriptorsDoesNotAffectTheReport) {
  const TempDir dir;
  const std::string events = dir.path() + "/events";
  const Died died = die("close-all", "flow_update", {"--events", events});
  expect_a_whole_run(died, "foreign-descriptor");
  EXPECT_THAT(died.report["violations"].dump(), HasSubstr("closed descriptors"));
  EXPECT_GT(std::filesystem::file_size(events), 0U);
  const Died crashed = die("close-crash", "flow_update");
  EXPECT_EQ(crashed.last["rule"], "callback-crash");
  expect_at(kUpdate, crashed.last);
  expect_found_before(kUpdate, crashed);
}

// Each line is an event, and the plugin's last log message is among them.
void expect_events_until_the_end(const std::string& file) {
  std::ifstream in(file);
  bool said = false;
  std::size_t lines = 0;
  for (std::string line; std::getline(in, line); ++lines) {
    EXPECT_FALSE(json::parse(line, nullptr, false).is_discarded()) << line;
    said |= line.find("\"now\"") != std::string::npos;
  }
  EXPECT_GT(lines, 100U);
  EXPECT_TRUE(said);
}

TEST(Survival, TheEventsUpToTheEndAreWritten) {
  for (const char* how : {"segv", "abort", "exit", "_exit", "quick_exit", "spin"}) {
    SCOPED_TRACE(how);
    const TempDir dir;
    const std::string events = dir.path() + "/events";
    die(how, "flow_update", {"--events", events, "--timeout", "2"});
    expect_events_until_the_end(events);
  }
}

TEST(Survival, TheSummaryHasTheCountsUpToTheEnd) {
  const Died died = die("segv", "flow_finish");
  EXPECT_GT(died.report["lifecycle"]["flows"], 0);
  EXPECT_GT(died.report["lifecycle"]["packets"], 0);
  EXPECT_THAT(died.report["lifecycle"]["threads"], Not(IsEmpty()));
}

// Ignored signals stay ignored after exec(): a parent that ignores SIGCHLD passes this on.
TEST(Survival, TheCommandSeesTheEndEvenIfSigchldIsIgnored) {
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGCHLD, &ignore, &before);
  Subprocess command({"run", plugin("good"), "--flows", "20"});
  ::sigaction(SIGCHLD, &before, nullptr);  // this process waits for the command
  const Ran ran = command.finish();
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("verdict: pass"));
}

TEST(Survival, ManyThreadsAtOnceAreNotMistakenForMemoryGrowth) {
  const Ran ran = surisim({"run", plugin("good"), "--threads", "512", "--flows", "2000", "--quiet",
                           "--memory-limit", "4096"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
}

}  // namespace
}  // namespace surisim::test
