// Playing scenarios: each step has its effect, and an unmet expectation says what happened instead.
// Method: the sample plugins, which count flows and packets for each thread and flow.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "surisim/runtime.hpp"
#include "surisim/scenario.hpp"

namespace {

using surisim::PluginSource;
using surisim::Runtime;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Strings = std::vector<std::string>;

// "LINE: message" of the unmet lines. Line 1 is the scenario's first step. `records`: EVE
// records\n// before those of the run.
Strings played(const std::string& steps, const std::string& plugin = "flow_counter_c",
               const std::string& options = "", const Strings& records = {}) {
  const auto parsed =
      surisim::parse_scenarios("log-level info\n" + options + "scenario \"s\"\n" + steps, "s");
  if (!parsed) return {parsed.error().message};
  const auto& scenario = parsed->front();
  auto runtime = Runtime::create(scenario.options);
  if (!runtime) return {runtime.error().message};
  const std::string file = std::string(SURISIM_TEST_PLUGIN_DIR) + "/" + plugin + ".so";
  if (const auto added = runtime->add_plugin(PluginSource::file(file)); !added)
    return {added.error().message};
  for (const std::string& record : records) scenario.options.eve.on_record(record);
  const auto unmet = play_scenario(*runtime, scenario);
  if (!unmet) return {unmet.error().message};
  Strings lines;
  for (const auto& [line, message] : *unmet)
    lines.push_back(std::to_string(line - scenario.line) + ": " + message);
  for (const auto& violation : runtime->summary().violations)
    if (violation.severity >= scenario.fail_on) lines.push_back("violation: " + violation.message);
  return lines;
}

TEST(Scenario, SendsPacketsOfEveryKind) {
  EXPECT_THAT(played(R"(tcp web 10.0.0.1:1025 > 10.0.0.2:80 on 2 vlan 10 vlan 20
web handshake
web > "GET / HTTP/1.0\r\n\r\n"
web < bytes 2000 fragments 2
web > hex 00ff "x" gap 100 flags PA
web > times 3
web icmp-error
web close
expect value of web in "flow_counter_c" is u64 13
expect value of W#02 in "flow_counter_c" at 8 is u64 13
expect value of 2 in "flow_counter_c" is hex 01000000000000000d
udp dns [2001:db8::1]:1 > [2001:db8::2]:53
dns < "x" bad-checksum
dns icmp-error
dns > icmp-error 1
icmp ping 10.0.0.1 > 10.0.0.2
ping >
ping <
ip 50 esp 10.0.0.1 > 10.0.0.2
esp > "payload"
sctp s 10.0.0.1:5 > 10.0.0.2:6
s > "payload"
raw on 1 02000000000202000000000108004500001c0001000040110000c0000201c00002023039003500080000
expect value of ping in "flow_counter_c" is u64 2
expect value of s in "flow_counter_c" is u64 1
expect web is open
)"),
              IsEmpty());
}

TEST(Scenario, EndsAFlowInEachWay) {
  EXPECT_THAT(played(R"(udp a 10.0.0.1:1 > 10.0.0.2:53 on 1
a > ""
a take-under-pressure
expect a is ended
expect callback flow finish of a on W#01
udp b 10.0.0.1:2 > 10.0.0.2:53
b > ""
b time-out-in-row on 2
expect b is ended
expect no callback flow finish of b
udp d 10.0.0.1:4 > 10.0.0.2:53
d > ""
pass 31s unnoticed
expect d is open
d > ""
expect value of d in "flow_counter_c" is u64 1
d time-out
expect callback flow finish of d on FR#01 with tv FR#01
udp e 10.0.0.1:5 > 10.0.0.2:53
e > ""
pass 31s
expect 1 callback flow finish of e on FR#01
tcp web 10.0.0.1:1025 > 10.0.0.2:80
web handshake
web close
web reuse
expect 2 callbacks flow init of web
web > "unread"
web hand-back-at-shutdown
udp c 10.0.0.1:3 > 10.0.0.2:53
c > ""
c leave-to-backstop
udp f 10.0.0.1:6 > 10.0.0.2:53
f > ""
stop
expect callback flow finish of f on FR#01
expect no callback flow finish of c
expect no callback flow finish of web
)"),
              IsEmpty());
}

TEST(Scenario, HoldsThreads) {
  EXPECT_THAT(played(R"(udp a 10.0.0.1:1 > 10.0.0.2:53 on 1
udp b 10.0.0.1:2 > 10.0.0.2:53 on 2
hold 2 in flow update
b > ""
expect value of b in "flow_counter_c" is u64 0
a > ""
expect callback flow update of a
release W#02
expect value of b in "flow_counter_c" is u64 1
hold any
a > ""
hold any
b > ""
release all
hold FR#01 after flow finish
a time-out
a > ""
release FR#01
expect value of a in "flow_counter_c" is u64 1
)"),
              IsEmpty());
  EXPECT_THAT(
      played("udp a 10.0.0.1:1 > 10.0.0.2:53 on 1\nhold 1 in flow init\na >\n"),
      ElementsAre("3: the shutdown waits for the thread, but W#01-eth0 is held in flow init "
                  "of flow 1: release it first"));
  EXPECT_THAT(played("udp a 10.0.0.1:1 > 10.0.0.2:53 on 1\na >\nhold FR#01 in flow finish\n"),
              ElementsAre("3: FR#01 was to be held in flow finish, but has not come there"));
}

TEST(Scenario, SaysWhatHappenedInsteadOfWhatWasExpected) {
  EXPECT_THAT(
      played(R"(udp dns 10.0.0.1:1 > 10.0.0.2:53 on 1
dns > "query"
expect 2 callbacks flow update of dns
expect callback flow update for packet 1 to client of dns on W#02
expect value of dns in "flow_counter_c" is u64 3
expect value of dns in "flow_counter_c" is none
expect value of dns in "flow_counter" is set
expect value of W#02 in "flow_counter_c" at 8 is i16 -1
expect value of W#03 in "flow_counter_c" is set
expect eve flow seen is 1
expect 1 eve flow
expect log "no such line"
expect no log "flow"
expect dns is ended
)"),
      ElementsAre(
          "3: expected 2 callbacks flow update of dns, got 1; there were:\n"
          "  flow init for packet 1 (to the server) of dns on W#01-eth0\n"
          "  flow update for packet 1 (to the server) of dns on W#01-eth0",
          "4: expected a callback flow update for packet 1 to the client of dns on "
          "W#02-eth0, got none; there were:\n"
          "  flow init for packet 1 (to the server) of dns on W#01-eth0\n"
          "  flow update for packet 1 (to the server) of dns on W#01-eth0",
          "5: expected the value of dns in \"flow_counter_c\" to be u64 3, got u64 1",
          "6: expected the value of dns in \"flow_counter_c\" to be none, but it is set",
          "7: expected the value of dns in \"flow_counter\", but there is no flow slot "
          "\"flow_counter\"; there is \"bypass_counters\", \"flow_counter_c\", "
          "\"expectation\", \"tag\"",
          "8: expected the value of W#02 in \"flow_counter_c\" at 8 to be i16 -1, got i16 0",
          "9: expected the value of W#03 in \"flow_counter_c\", but there is no thread W#03 now; "
          "there is US, W#01-eth0, W#02-eth0, FM#01, FR#01, CW, CS, HB",
          "10: expected seen of the last flow EVE record to be 1, got no such record; "
          "there is none at all",
          "11: expected 1 flow EVE record, got 0; there is none at all",
          "12: expected a log line with \"no such line\"; nothing was logged",
          "14: expected dns to be ended, but it is open"));
}

TEST(Scenario, EndsAtAnImpossibleStep) {
  EXPECT_THAT(played("tcp web 10.0.0.1:1 > 10.0.0.2:80\nweb handshake\nweb reuse\n"
                     "expect web is ended\n"),
              ElementsAre("3: TCP 10.0.0.1:1 > 10.0.0.2:80 cannot be reused: its session is not "
                          "closed; close() it first (T13)"));
}

TEST(Scenario, LooksAtEveRecordsAndLogLines) {
  EXPECT_THAT(played(R"(udp dns 10.0.0.1:1 > 10.0.0.2:53
dns > "query"
dns < "answer"
expect no eve any
expect log "flow update"
dns time-out
expect 1 eve flow
expect eve flow cpp_wrapped.flow_packets is 2
expect eve flow proto is "UDP"
expect eve any flow.pkts_toserver is 1
stop
expect 1 eve flow
expect eve flow cpp_wrapped.flow_packets is 3
)",
                     "eve_example_cpp"),
              ElementsAre(HasSubstr(
                  "13: expected cpp_wrapped.flow_packets of the last flow EVE record to be 3, got "
                  "2; the record is\n  {")));
}

// A plugin's EVE callback may have written it.
TEST(Scenario, SaysWhichEveRecordIsNotJson) {
  const Strings records = {"{\"event_type\":\"flow\",\"proto\":\"UDP\"}", "{\"event_type\":\n"};
  EXPECT_THAT(
      played("expect 1 eve flow\nexpect eve flow proto is \"UDP\"\nexpect 2 eve any\n"
             "expect no eve flow\nexpect eve any proto is \"UDP\"\n",
             "flow_counter_c", "", records),
      ElementsAre("4: expected 0 flow EVE records, got 1; there are 1 flow, 1 not JSON: "
                  "\"{\\\"event_type\\\":\\n\"",
                  "5: expected proto of the last EVE record to be \"UDP\", but it is not JSON; "
                  "there are 1 flow, 1 not JSON: \"{\\\"event_type\\\":\\n\""));
}

TEST(Scenario, HasTheOptionsOfARun) {
  EXPECT_THAT(
      played("udp dns 10.0.0.1:1 > 10.0.0.2:53\ndns >\n"
             "expect callback flow update on W#01\nexpect callback thread init with tv RX#01\n",
             "flow_counter_c", "mode autofp\nthreads 1\n"),
      IsEmpty());
  EXPECT_THAT(played("udp dns 10.0.0.1:1 > 10.0.0.2:53\ndns >\nexpect callback thread init\n"
                     "expect callback flow init\nstop\n",
                     "flow_counter_c", "fail init:W#01\n"),
              ElementsAre(HasSubstr("4: expected a callback flow init, got none"),
                          "0: Suricata would exit: thread W#01-eth0 failed to initialise: the "
                          "engine refuses to start"));
  EXPECT_THAT(
      played("expect fatal \"failed to initialise\"\n", "flow_counter_c", "fail init:W#01\n"),
      IsEmpty());
  EXPECT_THAT(played("expect fatal\n"),
              ElementsAre("1: expected Suricata to exit, but it ended normally"));
}

}  // namespace
