// Goal: the macros of Suricata's headers read the same from each packet as in Suricata, in both
// versions (E24). Method: a C plugin, compiled for each version, writes them, a line for each
// packet; with one worker, so that the order is that of the capture.
#include <gmock/gmock.h>

#include <sstream>

#include "pcap_test.hpp"

namespace surisim::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

class PacketFields : public fixtures::LifecycleTest, public testing::WithParamInterface<Suricata> {
 protected:
  PacketFields() {
    options.mode = Mode::single;
    options.stats = false;
    options.config_settings = {"packet-fields=" + dir_.file("out")};
    const std::string version = GetParam() == Suricata::v8_0 ? "8_0" : "9_0";
    load(std::string(SURISIM_PCAP_PLUGIN_DIR) + "/packet_fields_" + version + ".so");
    // A packet logger runs only if one of Suricata's own does (T15).
    options.config_yaml =
        "%YAML 1.1\n---\noutputs:\n  - eve-log:\n      enabled: yes\n      filetype: nullsink\n"
        "      types: [alert, flow]\n";
  }
  std::vector<std::string> lines_of(const Capture& capture, int link_type = 1) {
    options.pcap = capture.write(dir_.file("capture.pcap"), link_type);
    return lines();
  }
  std::vector<std::string> lines() {
    EXPECT_TRUE(run());
    EXPECT_TRUE(clean());
    std::vector<std::string> all;
    std::istringstream in(read_file(dir_.file("out")));
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }

 private:
  TempDir dir_;
};

INSTANTIATE_TEST_SUITE_P(Of, PacketFields, testing::Values(Suricata::v8_0, Suricata::v9_0),
                         [](const auto& test) {
                           return test.param == Suricata::v8_0 ? "Suricata80" : "Suricata90";
                         });

TEST_P(PacketFields, E24_OfUdpAndTcp) {
  Bytes syn =
      tcp(40000, 80, kSyn, 1000, 0,
          Bytes("\x02\x04\x05\xb4\x01\x03\x03\x07\x04\x02\x08\x0a\0\0\0\x05\0\0\0\x06\0\0", 22) +
              Bytes(2, '\0'));
  syn[12] = static_cast<char>(11 << 4);  // the header with 24 bytes of options
  const auto lines = lines_of(
      Capture().add(udp_packet(true, 5000)).add(ethernet(ipv4(6, ip4(1), ip4(2), syn), {7})));
  EXPECT_THAT(
      lines,
      ElementsAre("1 link:1 src:1 len:46 payload:4@42 eth:0800@0 ipv4:4,20,32,ttl64,df0 10.0.0.1 "
                  "10.0.0.2 proto:17 udp:5000>53,12 to server flow:ipv4 alerts:0",
                  "2 link:1 src:1 len:82 eth:8100@0 ipv4:4,20,64,ttl64,df0 10.0.0.1 10.0.0.2 "
                  "proto:6 tcp:40000>80,1000,0,44,02,60000,mss1460,scale7,sackok,ts5/6 to server "
                  "flow:ipv4 alerts:0"));
}

TEST_P(PacketFields, E24_OfSelectiveAcknowledgments) {
  Bytes ack =
      tcp(40000, 80, kAck, 1001, 5001, Bytes("\x01\x01\x05\x0a\0\0\x01\x02\0\0\x01\x09", 12));
  ack[12] = static_cast<char>(8 << 4);
  EXPECT_THAT(lines_of(Capture().add(ethernet(ipv4(6, ip4(1), ip4(2), ack)))),
              ElementsAre(HasSubstr(",sack1:258 ")));
}

TEST_P(PacketFields, E24_OfIcmpAndSctpAndArp) {
  const auto lines = lines_of(
      Capture()
          .add(ethernet(ipv4(1, ip4(1), ip4(2), icmp(8, 0, Bytes("\0\x09\0\x03", 4)))))
          .add(ethernet(ipv4(1, ip4(2), ip4(1), icmp(0, 0, Bytes("\0\x09\0\x03", 4)))))
          .add(ethernet(ipv4(132, ip4(1), ip4(2), sctp(7, 8))))
          .add(ethernet(Bytes("\0\x01\x08\0\x06\x04\0\x01", 8) + Bytes(20, '\0'), {}, 0x0806)));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("icmp:8/0,9,3 to server"),
                                 HasSubstr("icmp:0/0,9,3 to client"), HasSubstr("sctp:7>8"),
                                 "4 link:1 src:1 len:42 eth:0806@0 arp   proto:0 alerts:0"));
}

// A selective acknowledgement, two pieces of data and an unknown chunk; the frame is padded.
// Only 9.0 decodes chunks: its payload is the first piece of data.
TEST_P(PacketFields, E53_OfTheChunksOfSctp) {
  const Bytes header("\0\7\0\x08\0\0\0\5\0\0\0\0", 12);
  const Bytes sack = Bytes("\3\0\0\5X", 5) + Bytes(3, '\0');
  const auto data = [](const Bytes& text) {
    return Bytes("\0\3\0", 3) + static_cast<char>(16 + text.size()) + Bytes(12, 'h') + text;
  };
  const Bytes unknown("\x40\0\0\4", 4);
  const Bytes packet =
      ethernet(ipv4(132, ip4(1), ip4(2), header + sack + data("hello...") + data("") + unknown));
  const auto lines = lines_of(Capture().add(packet + Bytes("\6\0\0\4", 4)));
  const bool looks = GetParam() == Suricata::v9_0;
  EXPECT_THAT(lines, ElementsAre(HasSubstr(looks ? "payload:8@70" : "payload:52@46")));
  EXPECT_THAT(lines, ElementsAre(HasSubstr(
                         looks ? "sctp:7>8,hlen64,chunks4/3/0/0/64,data36+8,data60+0,data to server"
                               : "sctp:7>8 to server")));
}

TEST_P(PacketFields, E24_OfIpv6) {
  const auto lines = lines_of(Capture().add(ethernet(ipv6(
      58, ip6(1), ip6(2), icmp(static_cast<std::uint8_t>(128), 0, Bytes("\0\x09\0\x03", 4))))));
  EXPECT_THAT(lines, ElementsAre(HasSubstr(" ipv6:6,8,58 ")));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("icmp6:128,9,3 to server flow:ipv6")));
}

// Each record has a number; inner packets have none.
TEST_P(PacketFields, E24_OfInnerAndReassembledPackets) {
  const Bytes inner = ipv4(17, ip4(3), ip4(4), udp(1, 2));
  const Bytes whole = udp(5, 6, Bytes(12, 'x'));
  const auto lines =
      lines_of(Capture()
                   .add(ethernet(ipv4(4, ip4(1), ip4(2), inner)))
                   .add(ethernet(ipv4(47, ip4(1), ip4(2), Bytes("\0\0\x08\0", 4) + inner)))
                   .add(ethernet(ipv4(17, ip4(1), ip4(2), whole.substr(0, 8), 0x2000)))
                   .add(ethernet(ipv4(17, ip4(1), ip4(2), whole.substr(8), 1))));
  EXPECT_THAT(lines,
              ElementsAre(StartsWith("0 link:12 src:3 len:32 payload:4@28 ipv4:"),
                          StartsWith("1 link:1 src:1 len:66 "), StartsWith("0 link:12 src:2 "),
                          StartsWith("2 link:1 src:1 "), StartsWith("3 link:1 src:1 "),
                          StartsWith("0 link:0 src:6 "), StartsWith("4 link:1 src:1 ")));
}

TEST_P(PacketFields, E55_OnlyIn9TheInnerPacketOfVxlanHasItsEthernetHeader) {
  const Bytes vxlan =
      Bytes("\x08\0\0\0\0\0\x05\0", 8) + ethernet(ipv4(17, ip4(3), ip4(4), udp(1, 2)));
  const auto lines =
      lines_of(Capture().add(ethernet(ipv4(17, ip4(1), ip4(2), udp(9, 4789, vxlan)))));
  const bool is_9 = GetParam() == Suricata::v9_0;
  EXPECT_THAT(lines,
              ElementsAre(StartsWith(is_9 ? "0 link:12 src:9 len:46 payload:4@42 eth:0800@0 ipv4:"
                                          : "0 link:12 src:9 len:32 payload:4@28 ipv4:"),
                          StartsWith("1 link:1 src:1 ")));
}

TEST_P(PacketFields, E24_OfRawIp) {
  EXPECT_THAT(lines_of(Capture().add(ipv4(17, ip4(1), ip4(2), udp(1, 2))), 12),
              ElementsAre(StartsWith("1 link:12 src:1 len:32 payload:4@28 ipv4:")));
}

// Data Center Ethernet: a frame in a frame.
TEST_P(PacketFields, E24_OfNestedEthernetHeadersTheLastCounts) {
  const Bytes inner = ethernet(ipv4(17, ip4(1), ip4(2), udp(1, 2)));
  EXPECT_THAT(lines_of(Capture().add(ethernet(Bytes(2, '\0') + inner, {}, 0x8903))),
              ElementsAre(HasSubstr(" eth:0800@16 ipv4:")));
}

TEST_P(PacketFields, E24_OfPacketsAtTheEndOfAFlow) {
  Capture capture;
  capture.add(tcp_packet(true, kSyn, 1000, 0)).add(tcp_packet(false, kSyn | kAck, 5000, 1001));
  capture.add(tcp_packet(true, kAck, 1001, 5001))
      .add(tcp_packet(true, kAck | kPsh, 1001, 5001, "x"));
  const auto lines = lines_of(capture);
  ASSERT_GT(lines.size(), 4u);
  EXPECT_THAT(lines[4], StartsWith("0 link:0 src:7 len:40 ipv4:"));
  EXPECT_THAT(lines[4], HasSubstr(" pseudo "));
}

TEST_P(PacketFields, E24_OfGeneratedTraffic) {
  options.traffic.flows = 50;
  const std::vector<std::string> all = lines();
  ASSERT_GT(all.size(), 100u);
  EXPECT_THAT(all[0], StartsWith("1 link:1 src:1 "));
  EXPECT_THAT(all, Each(MatchesRegex(
                       "[0-9]+ link:1 src:1 len:[0-9]+.* eth:(0800@0 ipv4|86dd@0 ipv6):.* (tcp|udp|"
                       "icmp).* to (server|client).*|0 link:0 src:7 .* pseudo .*")));
}

TEST_P(PacketFields, NumbersAreOfFilesOnly) {
  options.mode = Mode::workers;
  options.threads = 1;
  options.traffic.flows = 5;
  EXPECT_THAT(lines(), Each(StartsWith("0 ")));
}

TEST_P(PacketFields, NumbersGoOnInTheNextFileAndBeginAgainInTheNextLifecycle) {
  TempDir dir;
  options.pcaps = {Capture().add(udp_packet(true)).write(dir.file("a")),
                   Capture().add(udp_packet(true)).write(dir.file("b"))};
  EXPECT_THAT(lines(), ElementsAre(StartsWith("1 "), StartsWith("2 ")));
}

}  // namespace
}  // namespace surisim::test
