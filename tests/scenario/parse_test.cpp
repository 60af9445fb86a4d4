// Mistakes in a scenario are reported with line, column and what was expected. Method: a table of
// texts and messages.
#include <gmock/gmock.h>

#include <string>

#include "surisim/scenario.hpp"

namespace {

using surisim::Mode;
using surisim::parse_scenarios;
using surisim::Scenario;
using testing::ElementsAre;

// The error of parse_scenarios() for a text; "" if it is valid.
std::string mistake_in(const std::string& text) {
  const auto parsed = parse_scenarios(text, "a.scenario");
  return parsed ? "" : parsed.error().message;
}

struct Wrong {
  const char* text;
  const char* message;  // after "a.scenario:"
};

// Before each: a scenario with a TCP flow "web" and a UDP flow "dns".
constexpr const char* kBefore =
    "scenario \"s\"\ntcp web 10.0.0.1:1 > 10.0.0.2:80\nudp dns 10.0.0.1:2 > 10.0.0.2:53\n";

class MistakeInAStep : public testing::TestWithParam<Wrong> {};

TEST_P(MistakeInAStep, IsReportedWithItsPlace) {
  EXPECT_EQ(mistake_in(std::string(kBefore) + GetParam().text + "\n"),
            std::string("a.scenario:4:") + GetParam().message);
}

constexpr Wrong kSteps[] = {
    {"wbe handshake", "1: expected a step, or the name of a flow, got \"wbe\"; did you mean web?"},
    {"web handshak",
     "5: expected >, <, handshake, close, reset, icmp-error, time-out, time-out-in-row, "
     "take-under-pressure, reuse, hand-back-at-shutdown or leave-to-backstop, got \"handshak\"; "
     "did you mean handshake?"},
    {"web handshake now", "15: expected the end of the line, got \"now\""},
    {"dns handshake", "5: handshake is for TCP flows only; dns is none"},
    {"dns > \"x\" gap 3", "11: gap is for TCP flows only; dns is none"},
    {"dns reuse", "5: reuse is for TCP flows only; dns is none"},
    {"web > \"GET", "7: expected a quotation mark at the end of the string"},
    {"web > \"ä\\q\"",
     "9: expected \\n, \\r, \\t, \\0, \\\", \\\\ or \\x and two hex digits after the backslash"},
    {"web > \"a\" fragment 2",
     "11: expected a string, hex, bytes, flags, gap, unacked, bad-checksum, fragments, icmp-error "
     "or times, "
     "got \"fragment\"; did you mean fragments?"},
    {"web > hex 012", "11: expected an even number of hex digits, got \"012\""},
    {"web > hex 0g", "11: expected an even number of hex digits, got \"0g\""},
    {"web > bytes 70000", "13: bytes: expected a whole number from 0 to 65,435, got \"70000\""},
    {"web > bytes 60000 bytes 60000", "7: expected at most 65435 bytes, got 120000"},
    {"web > flags X", "13: expected TCP flags, letters of FSRPAUEC, got \"X\""},
    {"web > \"x\" icmp-error 3",
     "7: expected no payload: an ICMP error quotes the flow's own packet"},
    {"tcp web 10.0.0.1:1 > 10.0.0.2:80",
     "5: expected a name of its own: there is a flow web already"},
    {"tcp expect 10.0.0.1:1 > 10.0.0.2:80",
     "5: expected a name for the flow; expect is the name of a step or an option"},
    {"tcp 1st 10.0.0.1:1 > 10.0.0.2:80",
     "5: expected a name for the flow, letters, digits, - and _, got \"1st\""},
    {"tcp a 10.0.0.1 > 10.0.0.2:80",
     "7: expected an address with a port such as 10.0.0.1:80 or [2001:db8::1]:80, got "
     "\"10.0.0.1\""},
    {"tcp a 10.0.0.1:1 10.0.0.2:80",
     "18: expected > and the server's address, got \"10.0.0.2:80\""},
    {"tcp a 10.0.0.1:1 > [2001:db8::1]:80",
     "7: expected two IPv4 or two IPv6 addresses, got \"10.0.0.1:1\" and \"[2001:db8::1]:80\""},
    {"tcp a 10.0.0.1:1 > 10.0.0.2:80 vlan 5000",
     "37: vlan: expected a whole number from 0 to 4095, got \"5000\""},
    {"ip 300 a 10.0.0.1 > 10.0.0.2",
     "4: IP protocol: expected a whole number from 0 to 255, got \"300\""},
    {"tcp a 10.0.0.1:1 > 10.0.0.2:80 on W#x",
     "35: expected a worker such as 2 or W#02, got \"W#x\""},
    {"pass 3", "6: expected a time such as 31s, 1.5ms, 20us, 10m or 2h, got \"3\""},
    {"pass 0.0000001s", "6: expected a whole number of microseconds, got \"0.0000001s\""},
    {"pass 99999h", "6: expected at most a year, got \"99999h\""},
    {"hold W#01 in flow updte",
     "19: expected init, update or finish, got \"updte\"; did you mean update?"},
    {"hold", "5: expected a thread such as W#02, or a worker's number, got the end of the line"},
    {"release 0", "9: expected a whole number from 1 to 16,384, got \"0\""},
    {"raw on 1", "9: expected an even number of hex digits, got the end of the line"},
    {"mode single", "1: expected mode before the first step: the threads have started then"},
    {"\"web\" handshake", "1: expected a step, or the name of a flow, got a string"},
    {"web > \xff", "7: expected UTF-8 text, got the byte ff; in a string it is written \\xff"},
    {"web > \"\x01\"",
     "8: expected text, got the control character 01; in a string it is written \\x01"},
    {"expect wbe is open",
     "8: expected value, callback, eve, log, violation, fatal, no, a count or a flow, got \"wbe\"; "
     "did "
     "you mean web?"},
    {"expect web is opn", "15: expected open or ended, got \"opn\"; did you mean open?"},
    {"expect value of wbe in \"s\" is set",
     "17: expected a flow, or a thread such as W#01, got \"wbe\"; did you mean web?"},
    {"expect value of web in s is set", "24: expected the slot's name as a string, got \"s\""},
    {"expect value of web in \"s\" is u8 256",
     "34: u8: expected a whole number from 0 to 255, got \"256\""},
    {"expect value of web in \"s\" is i8 -129",
     "34: i8: expected a whole number from -128 to 127, got \"-129\""},
    {"expect value of web in \"s\" is 5",
     "31: expected u32 5 (u8 to u64, i8 to i64), a string, hex 00ff, none or set, got \"5\""},
    {"expect callback flow updat",
     "22: expected init, update or finish, got \"updat\"; did you mean update?"},
    {"expect callback of nobody", "20: expected the name of a flow, got \"nobody\""},
    {"expect 3 log \"x\"",
     "10: expected callbacks or eve, or after no also log or violations, got \"log\""},
    {"expect eve flow seen is {}",
     "25: expected a number, a string, true, false or null, got \"{}\""},
    {"expect violation value-leak",
     "18: expected the id of a rule, got \"value-leak\"; did you mean value-leaked?"},
};
INSTANTIATE_TEST_SUITE_P(Scenario, MistakeInAStep, testing::ValuesIn(kSteps));

class MistakeInAFile : public testing::TestWithParam<Wrong> {};

TEST_P(MistakeInAFile, IsReportedWithItsPlace) {
  EXPECT_EQ(mistake_in(GetParam().text), std::string("a.scenario:") + GetParam().message);
}

constexpr Wrong kFiles[] = {
    {"", "1:1: expected scenario \"NAME\", got the end of the file"},
    {"# nothing\n\nmode single\n", "3:1: expected scenario \"NAME\", got the end of the file"},
    {"scenari \"a\"",
     "1:1: expected an option of all scenarios, or scenario and its name, got \"scenari\"; did "
     "you mean scenario?"},
    {"stop", "1:1: expected scenario and its name before the first step"},
    {"scenario a", "1:10: expected the scenario's name as a string, got \"a\""},
    {"scenario \"\"", "1:10: expected a name, got an empty string"},
    {"scenario \"a\"\nscenario \"b\"\nscenario \"a\"\n",
     "3:10: expected a name of its own; line 1 has the same"},
    {"scenario \"a\"\nthreads 0",
     "2:9: threads: expected a whole number from 1 to 16,384, got "
     "\"0\""},
    {"scenario \"a\"\r\nmode workrs\r\n",
     "2:6: expected workers, autofp or single, got \"workrs\"; did you mean workers?"},
    {"scenario \"a\"\nset a=1",
     "2:5: expected the key and the value with a blank between them, got \"a=1\""},
    {"\nscenario \"a\"\nmode autofp\nthreads 2000\n# the end\n",
     "2:1: threads: expected a whole number from 1 to 1024, got \"2000\""},
    {"scenario \"a\"\nudp dns 10.0.0.1:2 > 10.0.0.2:53\nstop\n  dns >\n",
     "4:3: expected only expect lines after stop in line 3"},
    {"scenario \"a\"\nstop\nexpect no log \"x\"\nstop\n",
     "4:1: expected only expect lines after stop in line 2"},
    {"scenario \"a\"\nstop\nexpect value of W#01 in \"s\" is set\n",
     "3:8: expected value before stop in line 2, which frees all values"},
    {"scenario \"a\"\nconfig \"\"\n", "2:8: expected a YAML file, got an empty string"},
    {"\xef\xbb\xbfscenari \"a\"",
     "1:1: expected an option of all scenarios, or scenario and its name, got \"scenari\"; did "
     "you mean scenario?"},
    {"scenario \"a\"\n\xef\xbb\xbfstop\n",
     "2:1: expected a step, or the name of a flow, got \"\xef\xbb\xbfstop\"; did you mean stop?"},
};
INSTANTIATE_TEST_SUITE_P(Scenario, MistakeInAFile, testing::ValuesIn(kFiles));

TEST(Scenario, IsParsedWithItsOptions) {
  const auto parsed = parse_scenarios(
      "# of all\nplugin build/a.so\nset a.b \"one two\"\n\n"
      "scenario \"first\"   # a comment\nmode single\n"
      "scenario \"second\"\nplugin /b.so\nfail run:W#02\nthreads 3\nexpect no violations\n",
      "dir/x.scenario");
  ASSERT_TRUE(parsed) << parsed.error().message;
  ASSERT_EQ(parsed->size(), 2u);
  const Scenario& first = parsed->front();
  EXPECT_EQ(first.name, "first");
  EXPECT_EQ(first.line, 5u);
  EXPECT_EQ(first.options.mode, Mode::single);
  EXPECT_THAT(first.plugins, ElementsAre("dir/build/a.so"));
  EXPECT_THAT(first.options.config_settings, ElementsAre("a.b=one two"));
  const Scenario& second = parsed->back();
  EXPECT_EQ(second.options.mode, Mode::workers);
  EXPECT_EQ(second.options.threads, 3u);
  EXPECT_THAT(second.plugins, ElementsAre("dir/build/a.so", "/b.so"));
  EXPECT_EQ(second.options.faults.at(0).thread, "W#02-eth0");
  EXPECT_EQ(first.fail_on, surisim::Severity::warning);
  EXPECT_EQ(second.fail_on, surisim::Severity::note);
}

TEST(Scenario, MayBeginWithAByteOrderMark) {
  EXPECT_EQ(mistake_in("\xef\xbb\xbfscenario \"a\"\nstop\n"), "");
}

// The error of check_scenario() for the only scenario of a text; "" if it is valid.
std::string unplayable(const std::string& text) {
  const auto parsed = parse_scenarios(text, "nowhere/a.scenario");
  if (!parsed) return parsed.error().message;
  const auto checked = surisim::check_scenario(parsed->front());
  return checked ? "" : checked.error().message;
}

class MistakeInANamedThing : public testing::TestWithParam<Wrong> {};

TEST_P(MistakeInANamedThing, IsReportedWithItsPlace) {
  EXPECT_EQ(unplayable(GetParam().text), std::string("nowhere/a.scenario:") + GetParam().message);
}

constexpr Wrong kNamed[] = {
    {"scenario \"a\"\nthreads 4\nudp dns 10.0.0.1:2 > 10.0.0.2:53 on 9\n",
     "3:37: there is no worker 9; the threads are W#01-eth0, W#02-eth0, W#03-eth0, W#04-eth0, "
     "FM#01, FR#01"},
    {"mode single\nscenario \"a\"\nudp dns 10.0.0.1:2 > 10.0.0.2:53 on W#02\n",
     "3:37: there is no worker 2; the threads are W#01, FM#01, FR#01"},
    {"mode autofp\nscenario \"a\"\nhold W#09 in flow update\n",
     "3:6: there is no thread \"W#09\"; the threads are RX#01, W#01, W#02, FM#01, FR#01"},
    {"mode autofp\nscenario \"a\"\nrelease FR#02\n",
     "3:9: there is no thread \"FR#02\"; the threads are RX#01, W#01, W#02, FM#01, FR#01"},
    {"mode autofp\nscenario \"a\"\nraw on 3 00\n",
     "3:8: there is no worker 3; the threads are RX#01, W#01, W#02, FM#01, FR#01"},
    {"mode autofp\nscenario \"a\"\nudp dns 10.0.0.1:2 > 10.0.0.2:53\ndns time-out-in-row on 3\n",
     "4:24: there is no worker 3; the threads are RX#01, W#01, W#02, FM#01, FR#01"},
    {"mode autofp\nscenario \"a\"\nexpect no callback on W#01 with tv 3\n",
     "3:36: there is no worker 3; the threads are RX#01, W#01, W#02, FM#01, FR#01"},
    {"mode autofp\nscenario \"a\"\nexpect value of W#03 in \"s\" is set\n",
     "3:17: there is no thread \"W#03\"; the threads are RX#01, W#01, W#02, FM#01, FR#01"},
    {"plugin nope.so\nscenario \"a\"\n",
     "1:8: cannot read \"nowhere/nope.so\": No such file or directory"},
    {"scenario \"a\"\nconfig \"no such.yaml\"\n",
     "2:8: cannot read \"nowhere/no such.yaml\": No such file or directory"},
    {"scenario \"a\"\nconfig /\n", "2:8: cannot read \"/\": it is a directory"},
};
INSTANTIATE_TEST_SUITE_P(Scenario, MistakeInANamedThing, testing::ValuesIn(kNamed));

TEST(Scenario, MayNameThreadsOfItsOptionsAndOfPlugins) {
  EXPECT_EQ(unplayable("threads 4\nscenario \"a\"\nudp dns 10.0.0.1:2 > 10.0.0.2:53 on 4\n"
                       "hold W#04 in flow update\nrelease W#04-eth0\n"
                       "expect no callback on main with tv my-own\n"
                       "expect value of CW in \"s\" is none\n"),
            "");
}

TEST(Scenario, OfManyBytesIsRefusedBeforeTheyUseMuchMemory) {
  std::string text = "scenario \"a\"\nudp dns 10.0.0.1:2 > 10.0.0.2:53\n";
  for (int i = 0; i < 1100; ++i) text += "dns > bytes 65435\n";
  EXPECT_EQ(mistake_in(text),
            "a.scenario:1028:7: expected at most 67108864 bytes in the packets of a file");
}

}  // namespace
