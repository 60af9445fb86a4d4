// Goal: whatever library or runtime a plugin's mistake shows in, the report names the plugin, the
// author's own line, and what the runtime said. Method: plugins that make one mistake, run by the
// command.
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
using ::testing::IsEmpty;
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

TEST(Blame, ACrashInsideAFunctionOfSuricataNamesTheArgument) {
  const json v = crash("host");
  EXPECT_THAT(
      text(v, "message"),
      AllOf(HasSubstr("SIGSEGV"), HasSubstr("inside SCConfGet, whose argument `name` was NULL")));
  EXPECT_THAT(text(v, "call_site"), StartsWith("blames.so!in_host"));
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

#ifdef SURISIM_TEST_LIBASAN  // gcc's; clang has none to preload
TEST(Sanitizer, AnErrorThatEndsThePluginIsNoBareExit) {
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
#endif
#endif

#ifdef SURISIM_TEST_RUST  // where there is a rustc, as ci/check installs one
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

TEST(Rust, TheSamplePluginIsWellBehaved) {
  const std::string sample = SURISIM_TEST_PLUGIN_DIR "/flow_counter_rust.so";
  const Ran ran = surisim({"run", sample, "--flows", "500", "--fail-on", "warning"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("flow_counter_rust::on_flow_init"));
}
#endif

}  // namespace
}  // namespace surisim::test
