// Goal: surisim.yaml has options that the command line need not repeat; a mistake in it is reported
// with its place; and it accepts exactly what the options accept. Method: files in temporary
// directories, in which the command runs.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "subprocess.hpp"
#include "temp_dir.hpp"

namespace surisim::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kLateSlot = SURISIM_TEST_PLUGIN_DIR "/late_slot.so";

// The current directory is empty, except that it looks like the top of a repository.
class Project : public ::testing::Test {
 protected:
  Project() : before_(fs::current_path()) {
    fs::create_directory(directory_.file(".git"));
    fs::current_path(directory_.path());
  }
  ~Project() override { fs::current_path(before_); }

  void write(const std::string& text, const std::string& file = "surisim.yaml") const {
    (void)directory_.write(file, text);
  }
  void enter(const std::string& name) const {
    fs::create_directories(name);
    fs::current_path(name);
  }

  const TempDir directory_;

 private:
  const fs::path before_;
};

nlohmann::json report_of(Arguments arguments) {
  arguments.insert(arguments.end(), {"--format", "json", "--quiet-plugin"});
  const Ran ran = surisim(arguments);
  auto report = nlohmann::json::parse(ran.out, nullptr, false);
  EXPECT_FALSE(report.is_discarded()) << ran.err;
  return report;
}

// The error for a file with this text, as one line.
std::string error_with(const Arguments& arguments) {
  const Ran ran = surisim(arguments);
  EXPECT_EQ(ran.status, 2) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  return ran.err;
}

TEST_F(Project, GivesOptionsThatTheCommandLineDoesNot) {
  write("plugin: " + plugin("good") + "\nthreads: 2\nflows: 7\nno-stats: true\n");
  const auto report = report_of({"run", "--threads", "3"});
  EXPECT_EQ(report["config"]["threads"], 3) << "the command line wins";
  EXPECT_EQ(report["config"]["flows"], 7);
  EXPECT_EQ(report["config"]["stats"], false);
}

TEST_F(Project, GivesThePluginAndTheGoldenFileThatACommandRequires) {
  write("plugin: " + plugin("good") + "\ngolden: good.golden\nflows: 3\n");
  EXPECT_EQ(surisim({"record", "--quiet"}).status, 0);
  EXPECT_TRUE(fs::exists("good.golden"));
  EXPECT_EQ(surisim({"verify", "--quiet"}).status, 0);
}

TEST_F(Project, ThePluginOfTheCommandLineIsTheOnlyOne) {
  write("plugin: no_such.so\nflows: 3\n");
  EXPECT_EQ(surisim({"run", plugin("good"), "--quiet"}).status, 0);
}

TEST_F(Project, ASectionIsForItsCommandAndOverridesTheRest) {
  write("flows: 7\nrun:\n  flows: 5\nexplore:\n  flows: 1000000000000000\n");
  EXPECT_EQ(report_of({"run", plugin("good")})["config"]["flows"], 5);
}

TEST_F(Project, IsSearchedForUpwardsAndItsFileNamesAreRelativeToIt) {
  write("plugin: plugins/good.so\nflows: 3\n");
  fs::create_directory("plugins");
  fs::copy_file(plugin("good"), "plugins/good.so");
  enter("src/deep");
  const auto report = report_of({"run"});
  EXPECT_EQ(report["config"]["flows"], 3);
  EXPECT_EQ(report["plugins"][0]["path"], "../../plugins/good.so");
  EXPECT_THAT(report["reproduce"], HasSubstr("--project=../../surisim.yaml"));
}

TEST_F(Project, IsNotSearchedForAboveARepository) {
  write("flows: 3\n");
  fs::create_directories("inner/.git");
  enter("inner");
  EXPECT_EQ(report_of({"run", plugin("good")})["config"]["flows"], 2000);
}

TEST_F(Project, CanBeNamedAndDisabled) {
  write("flows: 3\n");
  write("flows: 4\n", "other.yaml");
  const auto flows = [](const Arguments& more) {
    Arguments all = {"run", plugin("good")};
    all.insert(all.end(), more.begin(), more.end());
    return report_of(all)["config"]["flows"];
  };
  EXPECT_EQ(flows({"--project", "other.yaml"}), 4);
  EXPECT_EQ(flows({"--no-project"}), 2000);
  EXPECT_THAT(error_with({"run", "--no-project", "--project", "other.yaml"}),
              HasSubstr("--project: expected it without --no-project"));
}

// Each scenario's run has its scenario's options, and no others.
TEST_F(Project, IsNotReadAgainByWhatSurisimStarts) {
  write("plugin: " + plugin("good") + "\nrun:\n  threads: 0\n");
  write("scenario \"one\"\nudp dns 10.0.0.1:1025 > 10.0.0.2:53\ndns > \"query\"\n", "one.scenario");
  const Ran ran = surisim({"test", "one.scenario"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // there are no schedules then
TEST_F(Project, TheCommandThatReproducesACheckNeedsNoProjectFile) {
  write("plugin: " + kLateSlot + "\nlevel: 1\nflows: 5\n");
  const Ran ran = surisim({"check", "--quiet", "-j", "1"});
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("reproduce: surisim run " + kLateSlot + " --no-project"));
}
#endif

// Values of an option that takes a file, and the files that they mean.
TEST_F(Project, AFileOnTheCommandLineIsRelativeToTheCurrentDirectory) {
  enter("here");
  write("flows: 3\n");
  EXPECT_EQ(surisim({"run", plugin("good"), "--quiet", "--output", "report.txt"}).status, 0);
  EXPECT_TRUE(fs::exists("report.txt"));
}

TEST_F(Project, AFormatOnTheCommandLineReplacesTheOutputsToo) {
  write("flows: 3\noutput: [report.sarif, report.xml]\n");
  EXPECT_TRUE(report_of({"run", plugin("good")}).is_object());
  EXPECT_FALSE(fs::exists("report.sarif"));
  EXPECT_EQ(surisim({"run", plugin("good")}).out, "");
  EXPECT_TRUE(fs::exists("report.sarif"));
  EXPECT_TRUE(fs::exists("report.xml"));
}

std::string day(int from_today) {
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  const std::chrono::year_month_day date(today + std::chrono::days(from_today));
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", int(date.year()), unsigned(date.month()),
                unsigned(date.day()));
  return text;
}

std::string suppressed_until(const std::string& day) {
  return "suppress:\n  - rule: register-after-finalize\n    place: late_slot*\n    reason: known, "
         "see "
         "issue 12\n    until: " +
         day + "\n";
}

TEST_F(Project, ASuppressionHoldsUntilItsDayIsOver) {
  write(suppressed_until(day(1)) + "flows: 3\nleave-out: [slot-unused]\n");
  const auto accepted = report_of({"run", kLateSlot});
  EXPECT_EQ(accepted["verdict"], "pass");
  const auto& first = accepted["suppressed"][0];
  EXPECT_EQ(first["until"], day(1));
  EXPECT_EQ(first["expired"], false);
  EXPECT_EQ(first["place"], "late_slot*");
  EXPECT_EQ(first["reason"], "known, see issue 12");
}

TEST_F(Project, AnExpiredSuppressionIsReportedAndHasNoEffect) {
  write(suppressed_until(day(-2)) + "flows: 3\n");
  const Ran ran = surisim({"run", kLateSlot});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err,
              HasSubstr("surisim: the suppression of register-after-finalize:late_slot* has "
                        "expired: its last day was " +
                        day(-2) + "; known, see issue 12"));
  EXPECT_THAT(ran.out, AllOf(HasSubstr("error  register-after-finalize"),
                             HasSubstr("expired suppression  register-after-finalize")));
  EXPECT_EQ(report_of({"run", kLateSlot})["suppressed"][0]["expired"], true);
}

TEST_F(Project, TheOptionAndAFileOfSuppressionsMayHaveALastDayToo) {
  const Arguments run = {"run", kLateSlot, "--flows=3", "--leave-out=slot-unused"};
  Arguments option = run;
  option.push_back("--suppress=register-after-finalize@" + day(-2) + "=known");
  EXPECT_EQ(surisim(option).status, 1);
  option.back() = "--suppress=register-after-finalize@" + day(1) + "=known";
  EXPECT_EQ(surisim(option).status, 0);
  Arguments file = run;
  file.push_back("--suppressions=known.txt");
  write("register-after-finalize:late_slot*@" + day(-2) + "  known\n", "known.txt");
  EXPECT_EQ(surisim(file).status, 1);
  write("register-after-finalize:late_slot*@" + day(1) + "  known\n", "known.txt");
  EXPECT_EQ(surisim(file).status, 0);
  for (const char* wrong : {"2030-02-30", "2030-13-01", "30-12-31", "soon", "2030-1-001", ""}) {
    option.back() = std::string("--suppress=register-after-finalize@") + wrong + "=known";
    EXPECT_THAT(error_with(option), HasSubstr("expected a day such as"));
  }
}

TEST_F(Project, ARuleThatIsLeftOutIsInNoReport) {
  write("leave-out: [register-after-finalize, value-leaked]\nflows: 3\n");
  const Ran ran = surisim({"run", kLateSlot});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, Not(HasSubstr("value-leaked"))) << "none is said to be unused";
  EXPECT_THAT(ran.out, HasSubstr("suppressed  register-after-finalize"));
}

TEST_F(Project, AMistakeIsReportedWithLineAndColumn) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"flows: 1\nthreads: 8x\n", ":2:10: threads: expected a whole number from 1 to"},
      {"treads: 8\n", ":1:1: there is no key treads; did you mean threads?"},
      {"explore:\n  shedules: 3\n",
       ":2:3: there is no key shedules of surisim explore; did you mean schedules?"},
      {"run:\n  schedules: 3\n", ":2:3: there is no key schedules of surisim run"},
      {"threads: 8\nflows: 1\nthreads: 9\n", ":3:1: threads is in line 1, too"},
      {"threads: [1,\n 2]\n", ":2:2: threads: expected it once"},
      {"threads:\n", ":1:1: threads: expected a value"},
      {"threads: {a: 1}\n", ":1:10: threads: expected a value, or a list"},
      {"no-checks: 1\n", ":1:12: no-checks: expected true or false"},
      {"no-checks: [true]\n", ":1:12: no-checks: expected true or false"},
      {"explore: 3\n", ":1:10: explore is a command"},
      {"suppress:\n- slot-unused=a\n- slot-unsued=b\n",
       ":3:3: suppress: expected the id of a rule"},
      {"suppress:\n- rule: slot-unused\n", ":2:3: suppress: expected a rule and a reason"},
      {"suppress: [{rule: slot-unused, raeson: x}]\n", "did you mean reason?"},
      {"suppress: [{rule: slot-unused, reason: x, until: 2030-02-30}]\n", ":1:12: suppress: "},
      {"flows: 5\npcap: x.pcap\n", ":1:8: flows: applies only to generated traffic"},
      {"threads: &a 8\nflows: *a\n", ":2:8: an alias"},
      {"threads: &a [*a]\n", ":1:14: an alias"},
      {"threads: *a\n", ":1:10: is not YAML"},
      {"run:\n\tflows: 1\n", ":2:1: a tab; expected blanks"},
      {"run:\n  flows: 1\n  \tthreads: 1\n", ":3:3: a tab; expected blanks"},
      {"suppress: [{rule: slot-unused, reason: x, until: tomorrow}]\n", ":1:12: suppress: "},
      {"a: &a [x]\nb: &b [*a, *a]\n", ":2:8: an alias"},
      {"threads: [8\n", "is not YAML"},
      {"a: [[[[[1]]]]]\n", "more than 4 levels"},
      {"- threads\n", ":1:1: expected keys with values"},
      {"? [a]\n: b\n", ":1:3: expected a key"},
      {"threads: 8\n---\nthreads: 9\n", "has a second document"},
      {"threads: 8\nflows: \xff\n", ":2:8: a byte that is not text"},
  };
  for (const auto& [text, expected] : mistakes) {
    write(text);
    EXPECT_THAT(error_with({"run", plugin("good")}),
                AllOf(StartsWith("surisim: surisim.yaml:"), HasSubstr(expected)))
        << text;
  }
}

TEST_F(Project, AMistakeInACombinationOfKeysIsReportedForTheFile) {
  write("flows: 5\nsuppressions: nowhere.txt\n");
  EXPECT_THAT(error_with({"run", plugin("good")}),
              AllOf(HasSubstr("nowhere.txt"), HasSubstr("with the options of surisim.yaml")));
}

TEST_F(Project, AMistakeOnTheCommandLineIsNotReportedForTheFile) {
  write("flows: 5\nthreads: 2\n");
  EXPECT_THAT(error_with({"run", plugin("good"), "--no-record", "--events", "x"}),
              AllOf(StartsWith("surisim: --events: "), Not(HasSubstr("surisim.yaml"))));
}

TEST_F(Project, KeysThatTheCommandLineExcludesAreIgnored) {
  write("flows: 3\nplugin-output: log.txt\nthreads: 2\n");
  const Ran ran = surisim({"run", plugin("good"), "--quiet-plugin"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("2 workers, 3 flows")) << "the others are not";
  EXPECT_NE(::access("log.txt", F_OK), 0);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which have no schedules
TEST_F(Project, KeysOfSchedulesAreIgnoredWithTheKeysTheyNeed) {
  // A key that needs another key is ignored with it.
  write("no-translate: true\nplugin-output: log.txt\nschedule: default:0\nflows: 3\n");
  EXPECT_EQ(surisim({"run", plugin("good"), "--quiet-plugin"}).status, 0);
  // One of a command's section, and one that the command requires.
  write("plugin: " + plugin("good") + "\nexplore: {schedules: 100000, flows: 3, stop-on: first}\n");
  const Ran explored = surisim({"explore", "--for", "1"});
  EXPECT_EQ(explored.status, 0) << explored.err;
}
#endif

TEST_F(Project, AMistakeInTheFileIsReportedEvenIfTheCommandLineExcludesTheKey) {
  write("plugin-output: log.txt\nthreads: 8x\n");
  EXPECT_THAT(error_with({"run", plugin("good"), "--quiet-plugin"}),
              HasSubstr("surisim.yaml:2:10: threads: expected a whole number"));
}

TEST_F(Project, AFileThatIsNotAProjectFileIsRefused) {
  ASSERT_EQ(::mkfifo("pipe", 0600), 0);
  (void)directory_.write("large", std::string(300'000, '#'));
  for (const char* file : {"/dev/zero", ".", "no_such.yaml", "pipe", "large"})
    EXPECT_THAT(error_with({"run", plugin("good"), "--project", file}),
                AllOf(HasSubstr(file), HasSubstr("expected a project file")));
}

TEST_F(Project, AnEmptyFileIsAccepted) {
  for (const char* text : {"", "# nothing\n", "---\n", "explore:\n"}) {
    write(text);
    EXPECT_EQ(surisim({"run", plugin("good"), "--quiet"}).status, 0) << text;
  }
}

using Keys = std::set<std::string>;

// The long options that a command's help names, without dashes; not those about the file itself.
Keys options_of(const std::string& command) {
  std::istringstream in(surisim({command, "--help"}).out);
  Keys found;
  for (std::string line; std::getline(in, line) && !line.starts_with("Examples");) {
    const std::size_t dashes = line.starts_with("  -") ? line.find("--") : line.npos;
    if (dashes == line.npos || dashes > 8) continue;
    const std::size_t begin = dashes + 2;
    found.insert(line.substr(begin, line.find_first_of(" ,", begin) - begin));
  }
  for (const char* name : {"help", "project", "no-project"}) found.erase(name);
  return found;
}

// The subcommands whose help has --project.
std::vector<std::string> commands_with_project() {
  std::istringstream in(surisim({"--help"}).out);
  std::vector<std::string> found;
  bool listed = false;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("  ")) listed = line.starts_with("Subcommands");
    if (!listed || !line.starts_with("  ") || line[2] == ' ') continue;
    const std::string name = line.substr(2, line.find(' ', 2) - 2);
    if (surisim({name, "--help"}).out.find("--no-project") != std::string::npos)
      found.push_back(name);
  }
  return found;
}

TEST_F(Project, EveryOptionIsAKeyOfItsCommand) {
  const auto commands = commands_with_project();
  for (const char* name :
       {"run", "record", "verify", "explore", "check", "bench", "inspect", "test"})
    EXPECT_THAT(commands, Contains(name));
  for (const std::string& command : commands) {
    const Keys options = options_of(command);
    EXPECT_FALSE(options.empty()) << command;
    for (const std::string& option : options) {
      // No option accepts this value, and the file is not a plugin.
      write("plugin: no_such.so\n" + option + ": \"\\t\"\n" + command + ":\n  " + option +
            ": \"\\t\"\n");
      EXPECT_THAT(surisim({command, "no_such"}).err, Not(HasSubstr("there is no key")))
          << command << " " << option;
    }
  }
}

TEST_F(Project, InitWritesEveryKeyWithItsMeaning) {
  ASSERT_EQ(surisim({"init", "build/plugin.so"}).status, 0);
  std::istringstream in(read_file("surisim.yaml"));
  static const std::regex kKey("(# )?([a-z0-9-]+):( .*)?");
  const auto commands = commands_with_project();
  Keys written;
  std::string before;
  std::smatch key;
  for (std::string line; std::getline(in, line); before = line) {
    if (!std::regex_match(line, key, kKey) || std::count(commands.begin(), commands.end(), key[2]))
      continue;
    EXPECT_TRUE(written.insert(key[2]).second) << line << " twice";
    EXPECT_THAT(before, StartsWith("# ")) << line << " has no meaning";
  }
  Keys known = {"plugin"};
  for (const std::string& command : commands)
    for (const std::string& option : options_of(command)) known.insert(option);
  for (const std::string& name : known) EXPECT_THAT(written, Contains(name));
  for (const std::string& name : written) EXPECT_THAT(known, Contains(name));
}

TEST_F(Project, InitDoesNotOverwriteAndItsFileIsRead) {
  ASSERT_EQ(surisim({"init", plugin("good")}).status, 0);
  const std::string text = read_file("surisim.yaml");
  EXPECT_THAT(error_with({"init"}), HasSubstr("surisim.yaml exists already"));
  EXPECT_EQ(read_file("surisim.yaml"), text);
  const Ran ran = surisim({"run", "--flows", "3", "--quiet"});
  EXPECT_EQ(ran.status, 0) << ran.err;
}

}  // namespace
}  // namespace surisim::test
