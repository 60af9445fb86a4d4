// Scenarios made from a capture cause the same callbacks as the capture itself. Method: captures of
// one flow each; the calls of a plugin's callbacks in a run with the file, and in the scenario.
#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "../cli/temp_dir.hpp"
#include "../pcap/capture.hpp"
#include "surisim/callback.hpp"
#include "surisim/runtime.hpp"
#include "surisim/scenario.hpp"

namespace surisim::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using Strings = std::vector<std::string>;

const std::string kPlugin = std::string(SURISIM_TEST_PLUGIN_DIR) + "/flow_counter_c.so";

// Flows are renumbered, because a capture numbers them by packets.
Strings flow_callbacks(const Runtime& runtime) {
  Strings calls;
  std::map<std::uint64_t, std::size_t> flows;
  for (const Callback& call : callbacks_in(runtime.events())) {
    if (call.flow == 0) continue;
    const std::size_t number = flows.emplace(call.flow, flows.size() + 1).first->second;
    calls.push_back(to_string(call, "flow " + std::to_string(number)));
  }
  return calls;
}

class CaptureAsScenario : public testing::Test {
 protected:
  static Strings run_with(const std::string& file) {
    Options options;
    options.mode = Mode::single;
    options.record = Options::Record::all;
    options.pcap = file;
    auto runtime = Runtime::create(options);
    if (!runtime) return {runtime.error().message};
    (void)runtime->add_plugin(PluginSource::file(kPlugin));
    const auto done = runtime->run();
    return done ? flow_callbacks(*runtime) : Strings{done.error().message};
  }
  static Strings play(const std::string& text) {
    const auto scenarios = parse_scenarios(text, "made.scenario");
    if (!scenarios) return {scenarios.error().message};
    auto runtime = Runtime::create(scenarios->front().options);
    if (!runtime) return {runtime.error().message};
    (void)runtime->add_plugin(PluginSource::file(kPlugin));
    const auto unmet = play_scenario(*runtime, scenarios->front());
    if (!unmet) return {unmet.error().message};
    return unmet->empty() ? flow_callbacks(*runtime) : Strings{unmet->front().message};
  }
  // Writes the capture, whose packets are of one flow, and compares both. Returns the scenario.
  std::string same(const Capture& capture, int link_type = 1) {
    const std::string file = capture.write(dir.file("a.pcap"), link_type);
    const auto made = scenarios_from_capture(file, 0);
    EXPECT_TRUE(made) << made.error().message;
    if (!made) return "";
    const Strings wanted = run_with(file);
    EXPECT_FALSE(wanted.empty());
    EXPECT_EQ(made->damage, "");
    EXPECT_EQ(play(made->text), wanted) << made->text;
    return made->text;
  }

  TempDir dir;
};

Bytes from_client(std::uint8_t flags, std::uint32_t seq, std::uint32_t ack,
                  const Bytes& data = {}) {
  return with_checksum(tcp_packet(true, flags, seq, ack, data));
}
Bytes from_server(std::uint8_t flags, std::uint32_t seq, std::uint32_t ack,
                  const Bytes& data = {}) {
  return with_checksum(tcp_packet(false, flags, seq, ack, data));
}

TEST_F(CaptureAsScenario, OfATcpConversationCanBeRead) {
  Capture capture;
  capture.add(from_client(kSyn, 5000, 0), 0).add(from_server(kSyn | kAck, 70000, 5001), 0.0001);
  capture.add(from_client(kAck, 5001, 70001), 0.0002);
  capture.add(from_client(kAck | kPsh, 5001, 70001, "GET / HTTP/1.0\r\n\r\n"), 0.25);
  capture.add(from_server(kAck, 70001, 5019, Bytes("\x00\xff\x80\x01", 4)), 0.251);
  EXPECT_THAT(same(capture), HasSubstr(R"(
scenario "flow 1: tcp 10.0.0.1:40000 > 10.0.0.2:80, 5 packets"
mode single
tcp conn 10.0.0.1:40000 > 10.0.0.2:80
conn > flags S
conn < flags SA
conn >
pass 0.25s unnoticed
conn > "GET / HTTP/1.0\r\n\r\n"
pass 0.001s unnoticed
conn < hex 00ff8001 flags A
)"));
}

TEST_F(CaptureAsScenario, OfTcpWithLossesAndRetransmissionsCanBeRead) {
  Capture capture;
  capture.add(from_client(kSyn, 4294967290U, 0)).add(from_server(kSyn | kAck, 9, 4294967291U));
  capture.add(from_client(kAck, 4294967291U, 10));
  capture.add(from_server(kAck | kPsh, 10, 4294967291U, "one"));
  capture.add(from_server(kAck | kPsh, 20, 4294967291U, "three"));
  capture.add(from_client(kAck, 4294967291U, 13));
  capture.add(from_server(kAck | kPsh, 10, 4294967291U, "one"));
  capture.add(from_client(kFin | kAck, 4294967291U, 25))
      .add(from_server(kFin | kAck, 25, 4294967292U));
  capture.add(from_client(kAck, 4294967292U, 26));
  capture.add(from_client(kSyn, 1, 0)).add(from_server(kSyn | kAck, 500, 2));  // again
  const std::string text = same(capture);
  EXPECT_THAT(text, HasSubstr("conn < \"three\" gap 7\n"));
  EXPECT_THAT(text, HasSubstr("unacked 12\n"));
  EXPECT_THAT(text, HasSubstr("conn < \"one\" gap -15\n"));
  EXPECT_THAT(text, Not(HasSubstr("raw")));
}

TEST_F(CaptureAsScenario, KeepsWrongChecksums) {
  Capture capture;
  capture.add_tcp_conversation();  // without checksums
  EXPECT_THAT(same(capture), HasSubstr("conn > flags S bad-checksum\n"));
}

TEST_F(CaptureAsScenario, KeepsTime) {
  Capture capture;
  capture.add(udp_packet(true), 0).add(udp_packet(true), 10).add(udp_packet(true), 400.5);
  EXPECT_THAT(same(capture), HasSubstr("pass 390.5s unnoticed\nconn > \"data\"\n"));
}

TEST_F(CaptureAsScenario, HasRawLinesForPacketsWithoutWords) {
  const Bytes whole = udp(5000, 53, Bytes(32, 'x'));
  Capture capture;
  capture.add(ethernet(ipv4(17, ip4(1), ip4(2), whole.substr(0, 16), 0x2000)));
  capture.add(ethernet(ipv4(17, ip4(1), ip4(2), whole.substr(16), 2)));
  capture.add(udp_packet(true, 5000));
  const std::string text = same(capture);
  EXPECT_THAT(text, HasSubstr("flow 1: udp 10.0.0.1:5000 > 10.0.0.2:53, 3 packets"));
  EXPECT_THAT(text, HasSubstr("raw on 1 "));

  Capture errors;
  const Bytes quoted = ipv4(17, ip4(1), ip4(2), udp(5000, 53));
  errors.add(udp_packet(true))
      .add(ethernet(ipv4(1, ip4(2), ip4(1), icmp(3, 3, Bytes(4, '\0') + quoted))));
  EXPECT_THAT(same(errors), HasSubstr("conn > \"data\"\npass 0.001s unnoticed\nraw on 1 "));
}

TEST_F(CaptureAsScenario, OfEachProtocolCausesTheSameCallbacks) {
  Capture vlans;
  vlans.add(ethernet(ipv6(17, ip6(1), ip6(2), udp(1, 2)), {10, 20}))
      .add(ethernet(ipv6(17, ip6(2), ip6(1), udp(2, 1)), {10, 20}));
  EXPECT_THAT(same(vlans), HasSubstr("udp conn [2001::1]:1 > [2001::2]:2 vlan 10 vlan 20\n"));
  Capture others;
  others.add(ethernet(ipv4(132, ip4(1), ip4(2), sctp(1, 2))));
  EXPECT_THAT(same(others), HasSubstr("sctp conn 10.0.0.1:1 > 10.0.0.2:2\nraw"));
  Capture ping;
  ping.add(ethernet(ipv4(1, ip4(1), ip4(2), icmp(8, 0))))
      .add(ethernet(ipv4(1, ip4(2), ip4(1), icmp(0, 0))));
  same(ping);
  Capture bare;  // LINKTYPE_RAW
  bare.add(ipv4(17, ip4(1), ip4(2), udp(1, 2))).add(ipv4(17, ip4(2), ip4(1), udp(2, 1)));
  EXPECT_THAT(same(bare, 12), HasSubstr("udp conn 10.0.0.1:1 > 10.0.0.2:2\nconn > \"data\"\n"));
}

TEST_F(CaptureAsScenario, BeginsWithTheSmallestFlow) {
  Capture capture;
  capture.add_tcp_conversation().add(udp_packet(true)).add(ethernet(Bytes(50, 'x'), {}, 0x88cc));
  const std::string file = capture.write(dir.file("a.pcap"));
  const auto all = scenarios_from_capture(file, 0);
  ASSERT_TRUE(all);
  EXPECT_THAT(all->text,
              HasSubstr("# Records that belong to no flow: 1\n\nscenario \"flow 1: udp "));
  EXPECT_THAT(all->text, HasSubstr("\nscenario \"flow 2: tcp "));
  const auto second = scenarios_from_capture(file, 2);
  ASSERT_TRUE(second);
  EXPECT_THAT(second->text, Not(HasSubstr("flow 1")));
  const auto third = scenarios_from_capture(file, 3);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().message, file + ": expected a flow from 1 to 2, got 3");
  EXPECT_THAT(scenarios_from_capture(dir.file("none"), 0).error().message,
              HasSubstr(dir.file("none")));
}

}  // namespace
}  // namespace surisim::test
