// Goal: surisim check finds what a plain run does not show, at the first step that shows it; says
// what it has tried; and can be divided, stopped and resumed without losing anything. Method: the
// command, on plugins that are wrong in only one way.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "../cli/subprocess.hpp"
#include "../cli/temp_dir.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kCounter = SURISIM_TEST_PLUGIN_DIR "/flow_counter_c.so";
const std::string kLockOrder = SURISIM_TEST_PLUGIN_DIR "/lock_order.so";
const std::string kUnchecked = SURISIM_TEST_PLUGIN_DIR "/unchecked.so";

Arguments joined(Arguments one, const Arguments& more) {
  one.insert(one.end(), more.begin(), more.end());
  return one;
}

Ran check(const std::string& file, const Arguments& more) {
  return surisim(joined({"check", file}, more));
}

// A report without the parts that depend on time and on the command line.
json without_time(const std::string& text) {
  json report = json::parse(text);
  report.erase("seconds");
  report.erase("reproduce");
  return report;
}

json checked(const std::string& file, const Arguments& more) {
  return without_time(check(file, joined({"--format", "json"}, more)).out);
}

// The output of a command from a report, run by a shell.
std::string run_in_shell(std::string command) {
  EXPECT_THAT(command, StartsWith("surisim "));
  command.replace(0, std::string("surisim").size(), SURISIM_TEST_COMMAND);
  std::FILE* const pipe = ::popen((command + " --format json 2>/dev/null").c_str(), "r");
  std::string out;
  char block[4096];
  for (std::size_t n; (n = std::fread(block, 1, sizeof block, pipe)) > 0;) out.append(block, n);
  EXPECT_EQ(WEXITSTATUS(::pclose(pipe)), 1) << command;
  return out;
}

struct Wrong {
  const char* plugin;
  const char* level;  // that shows it
  const char* step;   // the first that shows it
  Arguments options = {};
};

std::string path_of(const Wrong& wrong) {
  const std::string sample = std::string(SURISIM_TEST_PLUGIN_DIR "/") + wrong.plugin + ".so";
  return ::access(sample.c_str(), F_OK) == 0 ? sample : plugin(wrong.plugin);
}

class Dimension : public ::testing::TestWithParam<Wrong> {};

TEST_P(Dimension, IsTriedAndTheFirstStepThatShowsAMistakeReproducesIt) {
  const Wrong& wrong = GetParam();
  const std::string file = path_of(wrong);
  const Ran plain = check(file, joined({"--level", "1"}, wrong.options));
  EXPECT_EQ(plain.status, 0) << plain.out << plain.err;
  const json report = checked(file, joined({"--level", wrong.level}, wrong.options));
  EXPECT_EQ(report["verdict"], "fail");
  EXPECT_THAT(report["not_judged"], IsEmpty());
  json found;
  for (const json& one : report["findings"])
    if (one["violation"]["severity"] == "error" && found.is_null()) found = one;
  ASSERT_FALSE(found.is_null()) << report.dump(1);
  EXPECT_EQ(found["step"]["id"], wrong.step);
  const std::string again = run_in_shell(found["step"]["command"]);
  EXPECT_THAT(again, HasSubstr(found["violation"]["rule"].dump()));
  EXPECT_THAT(again, HasSubstr(found["violation"]["call_site"].dump()));
}

INSTANTIATE_TEST_SUITE_P(
    Check, Dimension,
    ::testing::Values(
        Wrong{"autofp", "2", "autofp"}, Wrong{"version_8_0", "2", "other-host"},
        Wrong{"no_9_0", "2", "other-host"}, Wrong{"no_tcp", "3", "udp"},
        Wrong{"second_lifecycle", "2", "unix-socket"},
        Wrong{"no_configuration", "2", "without-configuration", {"--set", "wrong-when.name=x y"}},
        Wrong{"file_type", "2", "file-type"}, Wrong{"many_threads", "3", "many-threads"},
        Wrong{"long_flows", "3", "long-flows"}, Wrong{"another_seed", "3", "seeds"},
        Wrong{"lock_order", "3", "seeds"}, Wrong{"unchecked", "4", "set"}),
    [](const auto& one) { return std::string(one.param.plugin); });

// Step 59 is the first one of level 5: 200 schedules.
TEST(Check, FindsADeadlockThatOnlySomeSchedulesShowAndReplaysIt) {
  const json report = checked(kLockOrder, {"--level", "5", "--shard", "2/29"});
  EXPECT_THAT(report["tried"].dump(), HasSubstr("\"schedules\""));
  EXPECT_THAT(report["findings"].dump(), HasSubstr("deadlock"));
  for (const json& one : report["findings"]) {
    if (one["violation"]["rule"] != "deadlock") continue;
    EXPECT_THAT(one["step"]["command"].dump(), HasSubstr("surisim explore"));
    EXPECT_THAT(run_in_shell(one["step"]["command"]), HasSubstr("deadlock"));
  }
}

TEST(Check, OfACorrectPluginPasses) {
  const Ran ran = check(kCounter, {"--level", "4"});
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("\nverdict: pass  1 finding; 58 steps"));
  EXPECT_THAT(ran.out,
              HasSubstr("tried\n  level 1   1 step: plain\n  level 2   12 steps: autofp, "));
  EXPECT_THAT(ran.out, HasSubstr("found in step 1 (plain), and in "));
}

TEST(Check, FindsTheSameWithAnyNumberOfJobs) {
  const json one = checked(kUnchecked, {"--level", "4", "--shard", "2/3", "-j", "1"});
  EXPECT_GT(one["findings"].size(), 1u);
  EXPECT_EQ(checked(kUnchecked, {"--level", "4", "--shard", "2/3", "-j", "3"}), one);
}

class Shares : public ::testing::Test {
 protected:
  std::string share(const std::string& file, const std::string& which, const Arguments& more = {}) {
    std::string name = which + "-" + std::to_string(++made_) + ".json";
    name.replace(name.find('/'), 1, "-");
    (void)check(file,
                joined({"--level", "2", "--shard", which, "--output", dir_.file(name)}, more));
    return dir_.file(name);
  }
  TempDir dir_;
  int made_ = 0;
};

TEST_F(Shares, MakeTheReportOfOneMachine) {
  for (const auto& [file, status] : {std::pair{plugin("second_lifecycle"), 1}, {kCounter, 0}}) {
    Arguments words = {"merge", "--format", "json"};
    for (const char* which : {"3/3", "1/3", "2/3"}) words.push_back(share(file, which));
    const Ran ran = surisim(words);
    EXPECT_EQ(ran.status, status);
    json merged = without_time(ran.out);
    json whole = checked(file, {"--level", "2"});
    EXPECT_GT(whole["findings"][0]["steps"], 1);
    for (const char* key : {"next", "ahead"}) merged.erase(key), whole.erase(key);
    EXPECT_EQ(merged, whole);
  }
}

TEST_F(Shares, AreReportedIfOneIsMissing) {
  const std::string one = share(kCounter, "1/2");
  const Ran ran = surisim({"merge", one});
  EXPECT_EQ(ran.status, 3);
  EXPECT_THAT(ran.out, HasSubstr("1 of 2 shares are missing\nverdict: incomplete"));
}

TEST_F(Shares, OfOtherChecksAreRefused) {
  const std::string one = share(kCounter, "1/2");
  for (const std::string& other :
       {share(kLockOrder, "2/2"), share(kCounter, "2/2", {"--seed", "2"}),
        share(kCounter, "2/3")}) {
    const Ran ran = surisim({"merge", one, other});
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.err, HasSubstr("expected shares of one check"));
  }
  EXPECT_THAT(surisim({"merge", one, one}).err,
              HasSubstr("are both share 1 of 2; expected each once"));
}

TEST_F(Shares, KeepWhatCouldNotBeJudged) {
  json report = json::parse(read_file(share(kCounter, "1/1")));
  report["not_judged"] =
      json::array({{{"step", {{"number", 3}, {"id", "single"}, {"command", "x"}}},
                    {"why", "the time limit of 30 s was reached"},
                    {"status", 124}}});
  const std::string file = dir_.write("edited.json", report.dump());
  const Ran ran = surisim({"merge", file});
  EXPECT_EQ(ran.status, 124);
  EXPECT_THAT(ran.out,
              HasSubstr("not judged  step 3 (single): the time limit of 30 s was reached"));
  EXPECT_THAT(ran.out, HasSubstr("verdict: incomplete"));
  EXPECT_THAT(surisim({"merge", file, "--format", "junit"}).out,
              HasSubstr("step 3 (single) was not judged: the time limit of 30 s was reached"));
}

TEST_F(Shares, ResumeWhereAnotherCheckEnded) {
  const std::string file = plugin("second_lifecycle");
  const std::string state = dir_.file("state.json");
  (void)check(file, {"--level", "1", "--output", state});
  const json before = json::parse(read_file(state));
  const json after = checked(file, {"--level", "2", "--resume", state});
  EXPECT_EQ(after, checked(file, {"--level", "2"}));
  EXPECT_GT(after["steps"], before["steps"]);
  for (const Arguments& other :
       {Arguments{"--seed", "2"}, {"--timeout", "7"}, {"--shard", "1/2"}}) {
    const Ran ran = check(file, joined(other, {"--resume", state}));
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.err, StartsWith("surisim: --resume: "));
  }
}

TEST_F(Shares, DoNotRunAStepTwiceThatWasAheadOfTheOthers) {
  json report = json::parse(read_file(share(kCounter, "1/1")));
  report["next"] = 12;
  report["ahead"] = {13};
  report["steps"] = 12;
  const json after =
      checked(kCounter, {"--level", "2", "--resume", dir_.write("edited.json", report.dump())});
  EXPECT_EQ(after["steps"], 13);
  EXPECT_EQ(after["next"], 14);
  EXPECT_THAT(after["ahead"], IsEmpty());
}

// After all levels come rounds; each step is a valid command line.
TEST_F(Shares, ContinueWithOtherTrafficUntilTheTimeIsOver) {
  json report = json::parse(read_file(share(kCounter, "1/1")));
  report["next"] = 5000;
  const std::string state = dir_.write("edited.json", report.dump());
  json after = report;
  for (const char* time : {"2s", "10s", "60s"}) {  // the time of a step depends on the machine
    const Ran ran = check(kCounter, {"--for", time, "--resume", state, "--format", "json"});
    EXPECT_EQ(ran.status, 0) << ran.out;
    after = json::parse(ran.out);
    if (after["steps"] > report["steps"]) break;
  }
  EXPECT_THAT(after["not_judged"], IsEmpty()) << after["not_judged"].dump(1);
  EXPECT_THAT(after["time_over"].dump(), HasSubstr("the time was up in round"));
  EXPECT_GT(after["steps"], report["steps"]);
  EXPECT_EQ(after["tried"].back()["level"], 11);
}

// Steps of all levels are valid command lines.
TEST(Check, HasNoStepThatCannotBeRun) {
  const json report = checked(plugin("file_type"), {"--level", "10", "--shard", "7/97"});
  EXPECT_THAT(report["not_judged"], IsEmpty()) << report["not_judged"].dump(1);
  EXPECT_GT(report["steps"], 10);
}

// Suricata does not start, because the file type's Init runs out of memory.
TEST(Check, AFileTypeThatRefusesInitHasHandledTheFault) {
  for (const char* fault : {"alloc:1", "alloc:*"}) {
    const Ran ran = surisim({"run", plugin("file_type_refuses"), "--eve-filetype", "wrong",
                             "--threads", "1", "--flows", "10", "--fail", fault});
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  }
}

TEST(Check, EndsAtAHangThatNoLaterLevelCouldAvoid) {
  const Ran ran = check(plugin("hangs"), {"--timeout", "1"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, HasSubstr("error  callback-hang"));
  EXPECT_THAT(ran.out, HasSubstr("the plugin hangs in a third of the steps of level 1"));
}

TEST(Check, DoesNotControlThreadsThatWaitForWhatItDoesNotSee) {
  const Ran ran = check(plugin("waits_unseen"), {"--timeout", "1", "--level", "2"});
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_THAT(ran.out,
              HasSubstr("threads were not controlled, and no schedules were tried"));
}

TEST(Check, SaysWhatItHasTriedWhenItIsInterrupted) {
  const TempDir dir;
  const std::string hangs = dir.file("hangs");
  const std::string release = dir.file("release");
  for (const std::string& fifo : {hangs, release}) ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  adopt_orphans();
  const Arguments words = {
      "check", plugin("hangs_in_autofp"), "-j", "1", "--timeout", "0", "--level", "3"};
  Subprocess running(words, Subprocess::Stdout::pipe,
                     {"SURISIM_TEST_HANGS=" + hangs, "SURISIM_TEST_RELEASE=" + release});
  ::close(::open(hangs.c_str(), O_RDONLY));  // waits until a step hangs
  running.signal(SIGINT);
  ::close(::open(release.c_str(), O_WRONLY));
  const Ran ran = running.finish();
  EXPECT_EQ(ran.status, 130);
  EXPECT_THAT(ran.out, HasSubstr("  level 1   1 step: plain\n"));
  EXPECT_THAT(ran.out, HasSubstr("  level 3   0 of 26 steps: one-thread 0, "));
  EXPECT_THAT(ran.out, HasSubstr("interrupted by SIGINT (Interrupt)\nverdict: incomplete"));
  EXPECT_TRUE(nothing_left());
}

// A report of the steps so far is there as soon as one has been judged.
TEST_F(Shares, ResumeWhereACheckWasKilled) {
  const std::string file = plugin("second_lifecycle");
  const std::string state = dir_.file("state.json");
  Subprocess running({"check", file, "--output", state, "--format", "json"});
  while (::access(state.c_str(), F_OK) != 0 || read_file(state).empty()) {
  }
  running.signal(SIGKILL);
  (void)running.finish();
  const json before = json::parse(read_file(state));
  EXPECT_EQ(before["cut_short"], "the check is still running");
  EXPECT_EQ(checked(file, {"--level", "2", "--resume", state}), checked(file, {"--level", "2"}));
}

TEST(Check, AcceptsWhatIsSuppressedWithAReason) {
  const Ran ran = check(plugin("autofp"), {"--level", "2", "--suppress", "callback-crash=known",
                                           "--suppress", "deadlock=none"});
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("accepted  callback-crash, in step 2 (autofp)"));
  EXPECT_EQ(check(kCounter, {"--level", "1", "--fail-on", "note"}).status, 1);
}

TEST(Check, ReportsInAllFormats) {
  const TempDir dir;
  const Ran ran = check(plugin("autofp"), {"--level", "2", "--output", dir.file("a.xml"),
                                           "--output", dir.file("a.sarif"), "--output",
                                           dir.file("a.html"), "--output", "-", "--quiet"});
  EXPECT_EQ(ran.status, 1);
  const std::string command =
      "surisim run " + plugin("autofp") + " --mode autofp --schedule default:0";
  EXPECT_THAT(ran.out, HasSubstr("  reproduce: " + command + "\n"));
  EXPECT_THAT(ran.out, Not(HasSubstr("tried")));
  EXPECT_THAT(read_file(dir.file("a.xml")), HasSubstr(command));
  EXPECT_THAT(read_file(dir.file("a.sarif")), HasSubstr(command));
  EXPECT_THAT(read_file(dir.file("a.html")),
              AllOf(HasSubstr("\"replay\":\"" + command),
                    HasSubstr("\"tried\":\"level 1: 1 step, level 2: 12 steps; ")));
}

TEST(Check, MistakesOnTheCommandLineAreNamed) {
  const std::string never = plugin("never");
  const TempDir dir;
  const std::string no_report = dir.write("no.json", "{}");
  const std::pair<Arguments, const char*> all[] = {
      {{}, "check: PLUGIN.so is required (surisim check --help)"},
      {{never, "--level", "0"}, "--level: expected"},
      {{never, "--level", "11"}, "--level: expected"},
      {{never, "--for", "0"}, "--for: expected from 1s to 744h"},
      {{never, "--for", "5x"}, "--for: expected a time such as 90s, 5m or 8h, got \"5x\""},
      {{never, "--for", "m"}, "--for: expected a time"},
      {{never, "--shard", "3/2"}, "--shard: expected"},
      {{never, "--shard", "x"}, "--shard: expected I/N"},
      {{never, "-j", "0"}, "--jobs: expected"},
      {{never, "--suricata", "7.0"}, "--suricata: expected 8.0 or 9.0"},
      {{never, "--set", "x"}, "--set: expected key=value"},
      {{never, "--config", "/nowhere/s.yaml"}, "/nowhere/s.yaml"},
      {{never, "--invariant", "nope"}, "nope"},
      {{never, "--format", "markdown"}, "--format: markdown is for --list"},
      {{"--list", "--format", "junit"}, "--list: expected the format text, json or markdown"},
      {{"/nowhere/plugin.so"}, "/nowhere/plugin.so"},
      {{never, "--resume", "/nowhere/state.json"}, "/nowhere/state.json"},
      {{never, "--resume", no_report}, "expected a JSON report of surisim check"},
      {{never, "--output", never}, "is the plugin too"},
      {{never, "--output", "a.trace.json"}, "asks for a trace report"},
      {{never, "--threads", "2"}, "there is no option --threads"},
  };
  for (const auto& [words, text] : all) {
    const Ran ran = surisim(joined({"check"}, words));
    EXPECT_EQ(ran.status, 2) << text;
    EXPECT_EQ(ran.out, "") << text;
    EXPECT_THAT(ran.err, StartsWith("surisim: "));
    EXPECT_THAT(ran.err, HasSubstr(text));
    EXPECT_EQ(ran.err.find('\n'), ran.err.size() - 1) << ran.err;
  }
}

TEST(Check, ListsTheLevelsThatThePageHas) {
  const std::string page = read_file(SURISIM_TEST_SOURCE_DIR "/docs/check.md");
  EXPECT_THAT(page, HasSubstr("\n" + surisim({"check", "--list", "--format", "markdown"}).out));
  const json rows = json::parse(surisim({"check", "--list", "--format", "json"}).out)["rows"];
  const std::string text = surisim({"check", "--list"}).out;
  for (const json& row : rows) {
    EXPECT_THAT(text, HasSubstr(row["id"].get<std::string>()));
    EXPECT_THAT(text, HasSubstr(row["what"].get<std::string>()));
  }
}

TEST(Check, HasAJsonReportWhoseKeysAreDocumented) {
  const std::string page = read_file(SURISIM_TEST_SOURCE_DIR "/docs/json.md");
  const std::size_t begin = page.find("## `surisim check`");
  ASSERT_NE(begin, std::string::npos);
  const std::string part = page.substr(begin, page.find("\n## ", begin) - begin);
  json report =
      json::parse(check(plugin("second_lifecycle"), {"--level", "2", "--format", "json"}).out);
  const auto documented = [&](const json& object) {
    for (const auto& [key, value] : object.items())
      EXPECT_THAT(part, HasSubstr("`" + key + "`")) << key;
  };
  documented(report);
  documented(report["check"]);
  documented(report["shard"]);
  documented(report["findings"][0]);
  documented(report["findings"][0]["step"]);
  documented(report["tried"][0]);
  documented(json::parse(surisim({"check", "--list", "--format", "json"}).out)["rows"][0]);
}

}  // namespace
}  // namespace surisim::test
