// Goal: in whatever library or runtime a plugin's mistake shows, the report names the plugin, the
// line of its author's code, and the runtime's message. Method: plugins that make one mistake, run
// by the command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "subprocess.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string own(const std::string& name) { return SURISIM_CLI_PLUGIN_DIR "/" + name + ".so"; }

struct Judged {
  Ran ran;
  json report;

  json of(const std::string& rule) const {
    for (const json& v : report["violations"])
      if (v["rule"] == rule) return v;
    ADD_FAILURE() << "no " << rule << " in " << ran.out << ran.err;
    return json::object();
  }
  bool has(const std::string& rule) const {
    const json& all = report["violations"];
    return std::any_of(all.begin(), all.end(), [&](const json& v) { return v["rule"] == rule; });
  }
};

Judged run_with(const std::string& plugin_name, const Arguments& more = {},
                const std::vector<std::string>& environment = {}) {
  Arguments arguments = {"run", own(plugin_name), "--format", "json", "--flows", "20"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  Subprocess command(arguments, Subprocess::Stdout::pipe, environment);
  Judged judged{command.finish(), json::object()};
  json report = json::parse(judged.ran.out, nullptr, false);
  if (report.is_discarded())
    ADD_FAILURE() << "not JSON: " << judged.ran.out << judged.ran.err;
  else
    judged.report = std::move(report);
  if (!judged.report.contains("violations")) judged.report["violations"] = json::array();
  return judged;
}

std::string text(const json& violation, const char* key) {
  const auto at = violation.find(key);
  return at == violation.end() || !at->is_string() ? "" : at->get<std::string>();
}

json crash(const std::string& how) {
  return run_with("blames", {"--set", "blames.how=" + how}).of("callback-crash");
}

TEST(Blame, ACrashInALibraryIsAtThePluginsOwnCallWithTheCallbacksBesideIt) {
  const json v = crash("library");
  EXPECT_THAT(text(v, "plugin"), EndsWith("/blames.so"));
  EXPECT_THAT(text(v, "call_site"), StartsWith("blames.so!helper"));
  EXPECT_THAT(text(v, "source"), HasSubstr("/blames.c:"));
  EXPECT_THAT(text(v, "called_from"),
              AllOf(StartsWith("blames.so!on_flow_init"), HasSubstr("/blames.c:")));
}

TEST(Blame, ACrashInTheCLibraryIsAtThePluginsOwnCall) {
  const json v = crash("libc");
  EXPECT_THAT(text(v, "call_site"), StartsWith("blames.so!in_c_library"));
  EXPECT_THAT(text(v, "called_from"), StartsWith("blames.so!on_flow_init"));
}

TEST(Blame, TheStackGoesFromTheLibraryToTheCallback) {
  const json frames = crash("library")["frames"];
  ASSERT_GE(frames.size(), 4U) << frames;
  EXPECT_THAT(text(frames.front(), "call_site"), StartsWith("libsurisim_test_used.so"));
  EXPECT_THAT(text(frames.back(), "call_site"), StartsWith("blames.so!on_flow_init"));
}

TEST(Blame, TheStackIsInTheSarifReportAndInTheTextOnRequest) {
  const Arguments arguments = {"run",     own("blames"), "--set", "blames.how=library",
                               "--flows", "20"};
  Arguments sarif = arguments;
  sarif.insert(sarif.end(), {"--format", "sarif"});
  const json report = json::parse(surisim(sarif).out, nullptr, false);
  ASSERT_FALSE(report.is_discarded());
  json stacks;
  for (const json& result : report["runs"][0]["results"])
    if (result["ruleId"] == "callback-crash") stacks = result["stacks"];
  ASSERT_EQ(stacks.size(), 1U) << report;
  EXPECT_THAT(stacks[0]["frames"].dump(), AllOf(HasSubstr("helper"), HasSubstr("on_flow_init")));

  EXPECT_THAT(surisim(arguments).out,
              AllOf(HasSubstr("called from blames.so!on_flow_init"), Not(HasSubstr("#0 "))));
  Arguments verbose = arguments;
  verbose.push_back("-v");
  EXPECT_THAT(surisim(verbose).out, HasSubstr("#0 libsurisim_test_used.so"));
}

TEST(Blame, ACallOfSuricataThatBreaksARuleHasItsStackToo) {
  const json v = run_with("blames", {"--set", "blames.how=rule"}).of("access-invalid-id");
  EXPECT_EQ(v["count"], 20);
  EXPECT_THAT(text(v, "call_site"), StartsWith("blames.so!breaks_a_rule"));
  EXPECT_THAT(text(v, "called_from"),
              AllOf(StartsWith("blames.so!on_flow_init"), HasSubstr("/blames.c:")));
  ASSERT_EQ(v["frames"].size(), 2U) << v["frames"];
  EXPECT_EQ(v["frames"][0]["call_site"], v["call_site"]);
  EXPECT_EQ(v["frames"][0]["source"], v["source"]);
  EXPECT_THAT(text(v["frames"][1], "call_site"), StartsWith("blames.so!on_flow_init"));
}

TEST(Blame, AMistakeThatIsFoundLaterHasAPlaceInsteadOfAStack) {
  const json v = run_with("changes_directory").of("value-leaked");
  ASSERT_EQ(v["frames"].size(), 1U) << v["frames"];
  EXPECT_EQ(v["frames"][0]["call_site"], v["call_site"]);
}

// A sanitizer's malloc does not report its caller.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(Blame, ACallThatIsCompiledToAJumpIsAtItsOwnLine) {
  const json v = run_with("tail_call").of("value-freed-in-place");
  EXPECT_THAT(text(v, "source"), EndsWith("/tail_call.c:21"));
  EXPECT_THAT(text(v, "set_at"), HasSubstr("/tail_call.c:12"));
}
#endif

TEST(Blame, ACrashInsideAFunctionOfSuricataNamesTheArgument) {
  const json v = crash("host");
  EXPECT_THAT(
      text(v, "message"),
      AllOf(HasSubstr("SIGSEGV"), HasSubstr("inside SCConfGet, whose argument `name` was NULL")));
  EXPECT_THAT(text(v, "call_site"), StartsWith("blames.so!in_host"));
}

// Suricata compares or measures each of these names.
TEST(Blame, ANameThatIsNullIsNamedAndNotAnExceptionOfSurisims) {
  for (const std::string function :
       {"SCDetectHelperBufferMpmRegister", "SCDetectHelperBufferProgressMpmRegister",
        "SCDetectHelperBufferProgressRegister", "SCDetectHelperBufferProgressRegisterSubState",
        "SCDetectHelperMultiBufferMpmRegister", "SCDetectHelperMultiBufferProgressMpmRegister",
        "SCDetectHelperMultiBufferProgressMpmRegisterSubState",
        "SCDetectRegisterBufferLowerMd5Callbacks", "SCDetectRegisterMpmGeneric",
        "SCDetectRegisterThreadCtxGlobalFuncs", "SCSigTableHasKeyword"}) {
    const Judged judged = run_with("null_arguments", {"--set", "null.function=" + function});
    EXPECT_THAT(text(judged.of("callback-crash"), "message"),
                HasSubstr("inside " + function + ", whose argument `"));
    EXPECT_FALSE(judged.has("callback-exception")) << function;
  }
}

TEST(Blame, FreeingStorageAtNullIsNamed) {
  for (const std::string function : {"SCFlowFreeStorage", "SCThreadFreeStorage"}) {
    const Judged judged = run_with("null_arguments", {"--set", "null.in_update=" + function});
    EXPECT_THAT(text(judged.of("callback-crash"), "message"),
                HasSubstr("inside " + function + ", whose argument `"));
  }
}

// Suricata puts "(null)" into the setting's name, and finds nothing.
TEST(Blame, ReadingTheSettingsOfAProtocolWithoutANameIsNoCrash) {
  for (const std::string function :
       {"SCAppLayerParserConfParserEnabled", "SCAppLayerProtoDetectConfProtoDetectionEnabled",
        "SCAppLayerProtoDetectConfProtoDetectionEnabledDefault"}) {
    const Judged judged = run_with("null_arguments", {"--set", "null.function=" + function});
    EXPECT_EQ(judged.ran.status, 0) << function << judged.ran.out << judged.ran.err;
  }
}

TEST(Blame, ACrashAfterACallOfSuricataSaysThatItWasAfterIt) {
  const Ran after = surisim({"run", own("blames"), "--set", "blames.how=after-host"});
  EXPECT_THAT(after.out, HasSubstr("in flow init, after SCConfGet"));
  const Ran inside = surisim({"run", own("blames"), "--set", "blames.how=host"});
  EXPECT_THAT(inside.out, HasSubstr("in flow init, SCConfGet"));
}

TEST(Blame, WhatAConstructorRegistersIsListedUnderItsPlugin) {
  const json plugin = run_with("constructor_registers").report["plugins"][0];
  ASSERT_EQ(plugin["slots"].size(), 1U) << plugin;
  EXPECT_EQ(plugin["slots"][0]["name"], "early");
  ASSERT_EQ(plugin["callbacks"].size(), 1U) << plugin;
  EXPECT_EQ(plugin["callbacks"][0]["symbol"], "on_thread_init");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(Sanitizer, AnErrorThatDoesNotEndThePluginIsAFindingInTheSanitizersWords) {
  const Judged judged = run_with("undefined");
  const json v = judged.of("sanitizer-report");
  EXPECT_THAT(text(v, "message"), AllOf(StartsWith("UndefinedBehaviorSanitizer: "),
                                        HasSubstr("igned integer overflow: 2147483647 + 1")));
  EXPECT_EQ(v["callback"], "flow init");
  EXPECT_EQ(v["phase"], "traffic");
  EXPECT_THAT(text(v, "thread"), StartsWith("W#"));
  EXPECT_THAT(text(v, "call_site"), StartsWith("undefined.so!on_flow_init"));
  EXPECT_THAT(text(v, "source"), HasSubstr("undefined.c:"));
  EXPECT_EQ(judged.report["lifecycle"]["flows"], 20);
}

#ifdef SURISIM_TEST_LIBASAN  // gcc's; clang has no library to preload
TEST(Sanitizer, AnErrorThatEndsThePluginIsNotJustAnExit) {
  const std::string preload = SURISIM_TEST_LIBASAN;
  const Judged judged =
      run_with("used_after_free", {},
               {"LD_PRELOAD=" + preload, "ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0"});
  const json v = judged.of("sanitizer-report");
  EXPECT_THAT(text(v, "message"), StartsWith("AddressSanitizer: heap-use-after-free on address"));
  EXPECT_THAT(text(v, "message"), HasSubstr("READ of size 4"));
  EXPECT_THAT(text(v, "call_site"), StartsWith("used_after_free.so!on_flow_init"));
  EXPECT_EQ(v["callback"], "flow init");
  EXPECT_FALSE(judged.has("process-exit")) << judged.report;
  EXPECT_EQ(judged.ran.status, 1);
}

// LeakSanitizer searches at process exit, and changes the status to 23.
TEST(Sanitizer, LeaksAreReportedInLeakSanitizersWords) {
  const std::string preload = SURISIM_TEST_LIBLSAN;
  const Judged judged = run_with("leaks_at_exit", {}, {"LD_PRELOAD=" + preload});
  const json v = judged.of("sanitizer-report");
  EXPECT_EQ(text(v, "message"), "LeakSanitizer: 12345 byte(s) leaked in 1 allocation(s).");
  EXPECT_FALSE(judged.has("process-exit")) << judged.report;
  EXPECT_THAT(judged.ran.err, HasSubstr("SUMMARY: LeakSanitizer: 12345 byte(s) leaked"));
  EXPECT_EQ(judged.report["lifecycle"]["flows"], 20);
  EXPECT_EQ(judged.ran.status, 1);
}
#endif
#endif

#ifdef SURISIM_TEST_RUST  // if rustc is installed, as by ci/check
struct PanicWay {
  const char* how;
  const char* says;
};

TEST(Rust, APanicIsReportedWithItsMessageAndTheAuthorsLine) {
  for (const PanicWay& way :
       {PanicWay{"words", "on purpose: words"}, PanicWay{"index", "index out of bounds"},
        PanicWay{"unwrap", "called `Result::unwrap()` on an `Err` value"}}) {
    SCOPED_TRACE(way.how);
    const json v =
        run_with("panics", {"--set", std::string("panics.how=") + way.how}).of("callback-crash");
    EXPECT_THAT(text(v, "message"), AllOf(HasSubstr("after a Rust panic at"), HasSubstr(way.says)));
    EXPECT_THAT(text(v, "source"), HasSubstr("/panics.rs:"));
    EXPECT_THAT(text(v, "call_site"), StartsWith("panics.so!panics::"));
    EXPECT_THAT(text(v, "called_from"), StartsWith("panics.so!panics::on_flow_init"));
  }
}

TEST(Rust, APanicThatLeavesTheCallbackIsReportedWithItsMessageToo) {
  const json v = run_with("panics", {"--set", "panics.how=unwind-words"}).of("callback-crash");
  EXPECT_THAT(text(v, "message"), HasSubstr("on purpose: words"));
  EXPECT_THAT(text(v, "call_site"), StartsWith("panics.so!panics::fail"));
}

TEST(Rust, APanicThatLeavesTheCallbackIsOneFinding) {
  const Judged judged = run_with("panics", {"--set", "panics.how=unwind-words"});
  EXPECT_TRUE(judged.has("callback-crash"));
  EXPECT_FALSE(judged.has("callback-exception")) << judged.report;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// To print the place, Rust reads all debug information; that is not watched for data races.
TEST(Rust, APanicInASchedulesRunIsNotAHang) {
  const Judged judged = run_with(
      "panics", {"--set", "panics.how=words", "--schedule", "default:0", "--timeout", "5"});
  EXPECT_TRUE(judged.has("callback-crash")) << judged.report;
  EXPECT_FALSE(judged.has("callback-hang")) << judged.report;
}

// No plugin can handle it.
TEST(Rust, ThatItsStandardLibraryRunsOutOfMemoryIsANote) {
  const std::string sample = SURISIM_TEST_PLUGIN_DIR "/flow_counter_rust.so";
  const Arguments small = {"run", sample, "--threads", "1", "--flows", "10"};
  Arguments one = small;
  one.insert(one.end(), {"--fail", "alloc:3"});
  const Ran ran = surisim(one);
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("note  callback-crash\n  died of SIGABRT (Aborted), as Rust's "
                                 "standard library ends the process when memory is out (\"memory "
                                 "allocation of "));
  Arguments all = small;
  all.insert(all.end(), {"--fail", "alloc:*", "--sweep-limit", "5"});
  EXPECT_EQ(surisim(all).status, 0);
}

json box(const std::string& how, const std::string& rule) {
  return run_with("boxes", {"--set", "boxes.how=" + how}).of(rule);
}

TEST(Rust, ALeakIsAtTheAuthorsLineAndNamesTheTypesFunction) {
  const json forgotten = box("forgotten", "value-leaked");
  EXPECT_THAT(text(forgotten, "source"), EndsWith("/boxes.rs:42"));
  EXPECT_THAT(text(forgotten, "call_site"), StartsWith("boxes.so!boxes::make"));
  EXPECT_THAT(text(forgotten, "message"), HasSubstr(" in "));
  EXPECT_THAT(text(forgotten, "message"), HasSubstr("Box"));
  const json cycle = box("cycle", "value-leaked");
  EXPECT_THAT(text(cycle, "source"), EndsWith("/boxes.rs:62"));
  EXPECT_THAT(text(cycle, "message"), HasSubstr("Rc"));
}

TEST(Rust, ADropInTheWrongPlaceIsAtTheAuthorsLineAndNamesTheTypesFunction) {
  const json v = box("dropped", "value-freed-in-place");
  EXPECT_THAT(text(v, "source"), EndsWith("/boxes.rs:47"));
  EXPECT_THAT(text(v, "call_site"), StartsWith("boxes.so!boxes::free_again"));
  EXPECT_THAT(text(v, "message"),
              AllOf(HasSubstr("was freed in flow init by "), HasSubstr("drop")));
}

TEST(Rust, ASecondDropSaysThatItIsTheSecond) {
  const json v = box("dropped-twice", "callback-crash");
  EXPECT_THAT(text(v, "source"), EndsWith("/boxes.rs:47"));
  EXPECT_THAT(text(v, "message"), HasSubstr("memory was freed a second time (a double free)"));
}
#endif

TEST(Rust, TheSamplePluginIsWellBehaved) {
  const std::string sample = SURISIM_TEST_PLUGIN_DIR "/flow_counter_rust.so";
  const Ran ran = surisim({"run", sample, "--flows", "500", "--fail-on", "warning"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("flow_counter_rust::on_flow_init"));
}
#endif

}  // namespace
}  // namespace surisim::test
