// Goal: a plugin that cannot be loaded is reported as the plugin's mistake, with the rule, the
// verdict "fail" and exit status 1 (L39). Method: a compiled plugin for each way to be wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "subprocess.hpp"
#include "temp_dir.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::StartsWith;

struct Wrong {
  const char* plugin;
  const char* rule;
  const char* says;
};

void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.plugin; }

class WrongPlugin : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongPlugin, FailsTheRunWithItsRule) {
  const Ran ran = surisim({"run", plugin(GetParam().plugin)});
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("error  " + std::string(GetParam().rule) + "\n"),
                             HasSubstr(GetParam().says)));
  EXPECT_THAT(last_line(ran.out), StartsWith("verdict: fail  "));
}

TEST_P(WrongPlugin, FailsTheInspectionWithTheSameRule) {
  const Ran ran = surisim({"inspect", plugin(GetParam().plugin), "--format", "json"});
  EXPECT_EQ(ran.status, 1) << ran.err;
  const json report = json::parse(ran.out);
  EXPECT_EQ(report["verdict"], "fail");
  EXPECT_EQ(report["violations"].at(0)["rule"], GetParam().rule);
  EXPECT_THAT(report["violations"].at(0)["message"].get<std::string>(), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    L39, WrongPlugin,
    ::testing::Values(
        Wrong{"no_entry", "load-no-entry-point", "exports no function SCPluginRegister"},
        Wrong{"register_null", "load-no-entry-point", "returned NULL"},
        Wrong{"wrong_version", "load-version-mismatch", "0x0a00 (Suricata 10.0); expected 0x0900"},
        Wrong{"layout7", "load-version-mismatch", "Suricata 7.x"},
        Wrong{"null_name", "load-null-field", "field `name`"},
        Wrong{"null_init", "load-null-field", "field `Init`"},
        Wrong{"wild_name", "load-null-field", "cannot be read"},
        Wrong{"unresolved", "load-failed", "surisim_test_missing_one, surisim_test_missing_two"},
        Wrong{"needs_library", "load-failed", "libsurisim_test_nowhere.so not found"}),
    [](const auto& test) { return test.param.plugin; });

TEST(WrongPluginAmongGoodOnes, FailsWhileTheOthersRun) {  // start-up continues without it
  const Ran ran = surisim({"run", plugin("wrong_version"), plugin("good"), "--format", "json"});
  EXPECT_EQ(ran.status, 1);
  const json report = json::parse(ran.out);
  EXPECT_EQ(report["lifecycle"]["flows"], 2000);
  EXPECT_EQ(report["summary"]["errors"], 1);
}

TEST(SeveralPlugins, LoadInTheOrderGivenAndKeepTheirSlotsApart) {
  const Arguments command = {"run", plugin("prints"), plugin("three_kinds"), plugin("good")};
  Arguments as_json = command;
  as_json.insert(as_json.end(), {"--format", "json"});
  const Ran ran = surisim(as_json);
  EXPECT_EQ(ran.status, 0) << ran.out;
  const json report = json::parse(ran.out);
  ASSERT_EQ(report["plugins"].size(), 3U);
  std::vector<std::string> plugins;
  for (const json& one : report["plugins"]) {
    plugins.push_back(one["name"]);
    for (const json& slot : one["slots"])
      plugins.back() += " " + slot["name"].get<std::string>() + " " + slot["id"].dump();
  }
  EXPECT_THAT(plugins, ElementsAre("prints prints 0", "three_kinds", "good good_counter 1"));
  EXPECT_EQ(report["registrations"][0]["plugin"], "three_kinds");

  const std::string text = surisim(command).out;
  const auto prints = text.find("\nprints 1.2.3");
  const auto good = text.find("\ngood 1.2.3");
  ASSERT_NE(prints, std::string::npos) << text;
  ASSERT_NE(good, std::string::npos) << text;
  EXPECT_LT(prints, text.find("thread prints "));
  EXPECT_LT(text.find("thread prints "), good);
  EXPECT_LT(good, text.find("thread good_counter "));
}

TEST(PluginDirectory, LoadsFilesWithSoInTheirNames) {  // L38
  TempDir dir;
  std::filesystem::copy_file(plugin("good"), dir.file("a.so.1"));
  dir.write("notes.txt", "no plugin");
  const Ran ran = surisim({"run", dir.path(), "--format", "json"});
  EXPECT_EQ(ran.status, 0) << ran.out;
  const json report = json::parse(ran.out);
  ASSERT_EQ(report["plugins"].size(), 1U);
  EXPECT_EQ(report["plugins"][0]["name"], "good");
}

// The guide's counter with the C++ wrappers, and one in C, each a single file.
class PluginForBoth : public ::testing::TestWithParam<const char*> {
 protected:
  static std::string sample() {
    return std::string(SURISIM_TEST_PLUGIN_DIR) + "/" + GetParam() + ".so";
  }
};

TEST_P(PluginForBoth, RunsAsTheVersionThatIsAskedForAndAs9Otherwise) {
  for (const auto& [version, release] :
       {std::pair{"8.0", "8.0.6"}, std::pair{"9.0", "9.0.0-dev"}, std::pair{"", "9.0.0-dev"}}) {
    for (const char* checks : {"", "--no-checks"}) {
      Arguments command = {"run", sample(), "--format", "json", "--flows", "100"};
      if (*version != '\0') command.insert(command.end(), {"--suricata", version});
      if (*checks != '\0') command.emplace_back(checks);
      const Ran ran = surisim(command);
      EXPECT_EQ(ran.status, 0) << ran.err << ran.out;
      const json report = json::parse(ran.out);
      EXPECT_EQ(report["abi"]["suricata"], release) << report["abi"];
      EXPECT_EQ(report["lifecycle"]["flows"], 100);
      ASSERT_FALSE(report["lifecycle"]["values"].empty());
      for (const json& value : report["lifecycle"]["values"]) EXPECT_GT(value["freed"], 0) << value;
    }
  }
}

TEST_P(PluginForBoth, IsInspectedAsOneForAllVersions) {
  for (const auto& [version, release] :
       {std::pair{"8.0", "8.0.6"}, std::pair{"9.0", "9.0.0-dev"}}) {
    const Ran ran = surisim({"inspect", "--suricata", version, sample()});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_THAT(ran.out, AllOf(HasSubstr("made for       all versions of Suricata\n"),
                               HasSubstr("compared with  Suricata " + std::string(release) + "\n"),
                               HasSubstr(" 0 missing\n"), Not(HasSubstr("absent"))));
  }
}

INSTANTIATE_TEST_SUITE_P(All, PluginForBoth,
                         ::testing::Values("guide_threads", "flow_counter_both"),
                         [](const auto& test) { return test.param; });

// As surisim prints it, by the debug information of C code with and without optimisation (E22 to
// E24).
class FieldsOfAPlugin : public testing::TestWithParam<const char*> {
 protected:
  static std::vector<std::string> moved(const std::string& version) {
    const Ran ran =
        surisim({"inspect", "--suricata", version, plugin(GetParam()), "--format", "json"});
    const json report = json::parse(ran.out);
    std::vector<std::string> all;
    for (const json& field : report["moved_fields"])
      all.push_back(field["name"].get<std::string>() + " " + field["offset"].dump() + " " +
                    field["there"].dump() + " " + std::to_string(field["places"].size()));
    return all;
  }
};

TEST_P(FieldsOfAPlugin, AreListedIfAnotherVersionHasThemElsewhere) {
  EXPECT_THAT(moved("9.0"),
              ElementsAre("Flow.file_flags 108 80 1", "Flow.flags 104 72 1",
                          "Flow.flow_state 88 96 1", "Packet.payload_len 280 344 1",
                          "ThreadVars.id 60 52 1", "ThreadVars.thread_group_name 40 null 1"));
}

TEST_P(FieldsOfAPlugin, AreNotListedWhereTheyAreAsInItsHeaders) {
  EXPECT_THAT(moved("8.0"), IsEmpty());
}

TEST_P(FieldsOfAPlugin, ArePrintedWithTheirLines) {
  const Ran ran = surisim({"inspect", "--suricata", "9.0", plugin(GetParam())});
  EXPECT_THAT(ran.out, ContainsRegex("    moved     Flow.flags  \\(at 104, in 9.0 at 72\\): "
                                     "/.*/reads_fields.c:[0-9]+\n"));
  EXPECT_THAT(ran.out, HasSubstr("ThreadVars.thread_group_name  (at 40, not in 9.0): "));
}

INSTANTIATE_TEST_SUITE_P(All, FieldsOfAPlugin,
                         ::testing::Values("reads_fields", "reads_fields_optimized"),
                         [](const auto& test) { return test.param; });

TEST(Inspect, ShowsMetadataWithoutRunningInit) {
  const Ran ran = surisim({"inspect", plugin("crash_init")});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(StartsWith("crash_init 1.2.3  MIT  by A. Tester"),
                             HasSubstr("built for Suricata 9.0.0-dev"), HasSubstr("0x0900")));
  EXPECT_THAT(last_line(ran.out), StartsWith("verdict: pass"));
}

TEST(Inspect, SaysWhoProvidesWhat) {
  const Ran ran = surisim({"inspect", plugin("unresolved"), "--format", "json"});
  const json report = json::parse(ran.out);
  EXPECT_EQ(report["has_entry_point"], true);
  EXPECT_THAT(report["needed"].dump(), HasSubstr("libc.so"));
  json status;
  for (const json& symbol : report["imports"]) status[symbol["name"]] = symbol["status"];
  EXPECT_EQ(status["SCThreadStorageRegister"], "provided");
  EXPECT_EQ(status["free"], "system");
  EXPECT_EQ(status["surisim_test_missing_two"], "missing");
  EXPECT_THAT(surisim({"inspect", plugin("unresolved")}).out,
              HasSubstr("    unknown   surisim_test_missing_two  (missing: "));
}

TEST(Inspect, SaysHowEachSuricataFunctionIsSupported) {
  const Ran ran = surisim({"inspect", plugin("three_kinds"), "--format", "json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  const json report = json::parse(ran.out);
  json support;
  for (const json& symbol : report["imports"]) support[symbol["name"]] = symbol["support"];
  EXPECT_EQ(support["SCThreadRegisterInitCallback"], "modelled");
  EXPECT_EQ(support["SCCallocFunc"], "modelled");
  EXPECT_EQ(support["SCDetectHelperNewKeywordId"], "accepted");
  EXPECT_EQ(support["sigmatch_table"], "accepted");
  EXPECT_EQ(support["SCSigMatchAppendSMToList"], "unknown");
  EXPECT_EQ(support["free"], nullptr) << "the system's";
  EXPECT_THAT(surisim({"inspect", plugin("three_kinds")}).out,
              AllOf(HasSubstr("    modelled  SCThreadRegisterInitCallback\n"),
                    HasSubstr("    accepted  SCDetectHelperNewKeywordId\n"),
                    HasSubstr("    not here  SCSigMatchAppendSMToList  (Suricata has it")));
}

TEST(Inspect, ListsTheSystemsSymbolsOnRequest) {
  EXPECT_THAT(surisim({"inspect", plugin("good")}).out, Not(HasSubstr("system    free")));
  EXPECT_THAT(surisim({"inspect", plugin("good"), "-v"}).out, HasSubstr("system    free"));
}

TEST(Inspect, SurvivesAPluginThatCrashesInItsEntryPoint) {
  const Ran ran = surisim({"inspect", plugin("crash_register")});
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("callback-crash"), HasSubstr("SIGABRT"),
                             HasSubstr("in SCPluginRegister"),
                             HasSubstr("crash_register.so!SCPluginRegister")));
  // Read from the file, without running the plugin.
  EXPECT_THAT(ran.out, AllOf(HasSubstr("SCPluginRegister"), Not(HasSubstr("none")),
                             Not(HasSubstr("imports  0"))));
}

TEST(Inspect, ADirectoryIsNotOnePlugin) {
  TempDir dir;
  std::filesystem::copy_file(plugin("good"), dir.file("a.so"));
  const Ran ran = surisim({"inspect", dir.path()});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("a directory"));
}

}  // namespace
}  // namespace surisim::test
