// Goal: EVE records contain what the output's settings ask for, in both versions: netflow's two
// records per flow (E49), the header of packet records, community id, MAC addresses; and Suricata's
// own slots that settings add (E12). Method: whole runs on a capture file whose packets are known.
// Source: output-json.c, output-json-netflow.c; the community id follows its specification.
#include <gmock/gmock.h>
#include <suricata/output-json.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../cli/temp_dir.hpp"
#include "../pcap/capture.hpp"
#include "surisim/fixtures/lifecycle_test.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr const char* kUdpId = "1:4sSMKwiLG6ALt16rSG1QjqDtqLk=";
constexpr const char* kUdpIdOfSeed7 = "1:QbiIckyY6yYPSNkmlMgCy2LliU8=";
constexpr const char* kTcpId = "1:3k1SoWXs/FltHw2aBCgUTgbDQF4=";

class EveRecords : public fixtures::LifecycleTest, public ::testing::WithParamInterface<Suricata> {
 protected:
  EveRecords() {
    options.suricata = GetParam();
    options.mode = Mode::single;
    options.stats = false;
    options.eve.on_record = [this](std::string_view line) {
      const std::lock_guard lock(mutex_);
      lines_.push_back(json::parse(line));
    };
  }

  // A flow of UDP with an answer, and one of TCP.
  void run_with(const std::string& settings) {
    options.config_yaml = "%YAML 1.1\n---\noutputs:\n  - eve-log:\n      enabled: yes\n" + settings;
    Capture capture;
    capture.add(udp_packet(true)).add(udp_packet(false)).add_tcp_conversation();
    options.pcap = capture.write(dir_.file("capture.pcap"));
    ASSERT_TRUE(run());
  }
  std::vector<json> of(const std::string& type, const std::string& proto) const {
    std::vector<json> found;
    for (const json& line : lines_) {
      if (line["event_type"] == type && line["proto"] == proto) found.push_back(line);
    }
    return found;
  }

  // Makes a record of each packet, in the direction of its flow.
  void load_packet_type() {
    load("packets", [] {
      static OutputPacketLoggerFunctions functions{
          [](ThreadVars* tv, void* data, const Packet* packet) {
            auto* const logger = static_cast<OutputJsonThreadCtx*>(data);
            SCJsonBuilder* const record =
                CreateEveHeader(packet, LOG_DIR_FLOW, "packet", nullptr, logger->ctx);
            OutputJsonBuilderBuffer(tv, packet, packet->flow, record, logger);
            SCJbFree(record);
            return 0;
          },
          [](ThreadVars*, void*, const Packet*) { return true; }, JsonLogThreadInit,
          JsonLogThreadDeinit, nullptr};
      OutputRegisterPacketSubModule(LOGGER_USER, "eve-log", "Packets", "eve-log.packet",
                                    OutputJsonLogInitSub, &functions);
    });
  }

  std::mutex mutex_;
  std::vector<json> lines_;
  TempDir dir_;
};

TEST_P(EveRecords, E49_NetflowMakesOneForEachDirectionWithPackets) {
  load("callback", [] {
    SCEveRegisterCallback(
        [](ThreadVars*, const Packet* packet, Flow* flow, SCJsonBuilder* record, void*) {
          SCJbSetBool(record, "flow_only", packet == nullptr && flow != nullptr);
        },
        nullptr);
  });
  run_with("      types: [flow, netflow]\n");
  EXPECT_THAT(of("flow", "UDP"), SizeIs(1));
  const std::vector<json> two = of("netflow", "UDP");
  ASSERT_THAT(two, SizeIs(2));
  EXPECT_EQ(two[0]["src_ip"], "10.0.0.1");
  EXPECT_EQ(two[0]["src_port"], 5000);
  EXPECT_EQ(two[1]["src_ip"], "10.0.0.2");
  EXPECT_EQ(two[1]["dest_port"], 5000);
  for (const json& one : two) {
    EXPECT_EQ(one["netflow"]["pkts"], 1);
    EXPECT_EQ(one["netflow"]["min_ttl"], 64);
    EXPECT_FALSE(one.contains("ip_v"));
    EXPECT_EQ(one["flow_only"], true);
  }
  ASSERT_THAT(of("netflow", "TCP"), SizeIs(2));
  EXPECT_EQ(of("netflow", "TCP")[0]["netflow"]["pkts"],
            of("flow", "TCP")[0]["flow"]["pkts_toserver"]);
  EXPECT_EQ(of("netflow", "TCP")[1]["netflow"]["pkts"],
            of("flow", "TCP")[0]["flow"]["pkts_toclient"]);
  EXPECT_EQ(of("netflow", "TCP")[1]["tcp"]["tcp_flags"],
            of("flow", "TCP")[0]["tcp"]["tcp_flags_tc"]);
}

TEST_P(EveRecords, E49_NetflowMakesNoneForADirectionWithoutPackets) {
  options.config_yaml =
      "%YAML 1.1\n---\noutputs:\n  - eve-log:\n      enabled: yes\n      types: [netflow]\n";
  Capture capture;
  options.pcap = capture.add(udp_packet(true)).write(dir_.file("capture.pcap"));
  ASSERT_TRUE(run());
  EXPECT_THAT(lines_, SizeIs(1));
}

TEST_P(EveRecords, HaveNothingThatNoSettingAsksFor) {
  run_with("      types: [flow]\n");
  for (const char* key : {"community_id", "ether", "suricata_version", "sensor_id", "pcap_cnt"})
    EXPECT_FALSE(of("flow", "UDP").at(0).contains(key)) << key;
}

TEST_P(EveRecords, HaveACommunityIdWhichIsTheSameForBothDirections) {
  run_with("      community-id: yes\n      types: [netflow]\n");
  for (const json& one : of("netflow", "UDP")) EXPECT_EQ(one["community_id"], kUdpId);
  for (const json& one : of("netflow", "TCP")) EXPECT_EQ(one["community_id"], kTcpId);
}

TEST_P(EveRecords, HaveACommunityIdWithTheOutputsSeed) {
  run_with("      community-id: yes\n      community-id-seed: 7\n      types: [flow]\n");
  EXPECT_EQ(of("flow", "UDP").at(0)["community_id"], kUdpIdOfSeed7);
}

TEST_P(EveRecords, OfPacketsBeginWithSensorAndNumberAndHaveTheOutputsOptions) {
  load_packet_type();
  run_with(
      "      sensor-id: 9\n      ethernet: yes\n      suricata-version: yes\n      types: "
      "[packet]\n");
  const std::vector<json> two = of("packet", "UDP");
  ASSERT_THAT(two, SizeIs(2));
  const char* const release = GetParam() == Suricata::v8_0 ? "8.0.6" : "9.0.0-dev";
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(two[i]["sensor_id"], 9);
    EXPECT_EQ(two[i]["pcap_cnt"], i + 1);
    EXPECT_EQ(two[i]["src_ip"], "10.0.0.1") << "in the direction of the flow";
    EXPECT_EQ(two[i]["suricata_version"], release);
    EXPECT_EQ(two[i]["ether"]["ether_type"], 0x0800);
    EXPECT_EQ(two[i]["ether"]["src_mac"], i == 0 ? "04:04:04:04:04:04" : "02:02:02:02:02:02");
    EXPECT_EQ(two[i]["pkt_src"], "wire/pcap");
  }
}

TEST_P(EveRecords, OfFlowsHaveTheEthernetAddressesOfBothSides) {
  run_with("      ethernet: yes\n      types: [flow, netflow]\n");
  // Packets of both directions have the same source here.
  const json four_first{"04:04:04:04:04:04", "02:02:02:02:02:02"};
  const json two_first{"02:02:02:02:02:02", "04:04:04:04:04:04"};
  const json to_server{{"src_macs", four_first}, {"dest_macs", two_first}};
  const json to_client{{"src_macs", two_first}, {"dest_macs", four_first}};
  EXPECT_EQ(of("flow", "UDP").at(0)["ether"], to_server);
  EXPECT_EQ(of("netflow", "UDP").at(0)["ether"], to_server);
  EXPECT_EQ(of("netflow", "UDP").at(1)["ether"], to_client);
}

TEST_P(EveRecords, OfPseudoPacketsSayWhereTheyComeFrom) {
  load_packet_type();
  options.config_yaml =
      "%YAML 1.1\n---\noutputs:\n  - eve-log:\n      enabled: yes\n      ethernet: yes\n"
      "      types: [packet]\n";
  Capture capture;
  capture.add(tcp_packet(true, kSyn, 1, 0)).add(tcp_packet(false, kSyn | kAck, 1, 2));
  capture.add(tcp_packet(true, kAck, 2, 2)).add(tcp_packet(true, kAck | kPsh, 2, 2, "data"));
  options.pcap = capture.write(dir_.file("capture.pcap"));
  ASSERT_TRUE(run());
  ASSERT_FALSE(lines_.empty());
  EXPECT_EQ(lines_.back()["pkt_src"], "stream (flow timeout)");
  EXPECT_FALSE(lines_.back().contains("pcap_cnt"));
  EXPECT_EQ(lines_.back()["ether"],
            json({{"src_mac", "04:04:04:04:04:04"}, {"dest_mac", "02:02:02:02:02:02"}}));
}

// Only 9.0 decodes chunks.
TEST_P(EveRecords, E53_OfPacketsOfSctpHaveTheirChunks) {
  load_packet_type();
  options.config_yaml =
      "%YAML 1.1\n---\noutputs:\n  - eve-log:\n      enabled: yes\n      types: [packet]\n";
  Capture capture;
  options.pcap =
      capture.add(ethernet(ipv4(132, ip4(1), ip4(2), sctp(7, 8)))).write(dir_.file("capture.pcap"));
  ASSERT_TRUE(run());
  ASSERT_THAT(lines_, SizeIs(1));
  const json chunks{{"vtag", 1},         {"chunk_cnt", 1},        {"chunk_types", {"init"}},
                    {"has_init", true},  {"has_init_ack", false}, {"has_data", false},
                    {"has_abort", false}};
  EXPECT_EQ(lines_[0].contains("sctp"), GetParam() == Suricata::v9_0);
  if (GetParam() == Suricata::v9_0) {
    EXPECT_EQ(lines_[0]["sctp"], chunks);
  }
}

// L19, too.
TEST_P(EveRecords, E12_EthernetAddsASlotOfFlowsBeforeThoseOfPlugins) {
  run_with(
      "      ethernet: yes\n      types: [flow]\nflow:\n  rate-tracking:\n    bytes: 1KiB\n"
      "    interval: 10\n");
  std::vector<std::string> names;
  for (const auto& slot : summary().own_slots) {
    if (slot.type == "flow") names.push_back(slot.name);
  }
  EXPECT_THAT(names, ElementsAre("bypass_counters", "macset", "flowrate", "expectation", "tag"));
}

INSTANTIATE_TEST_SUITE_P(Of, EveRecords, ::testing::Values(Suricata::v8_0, Suricata::v9_0),
                         [](const auto& test) {
                           return test.param == Suricata::v8_0 ? "Suricata80" : "Suricata90";
                         });

}  // namespace
}  // namespace surisim::test
