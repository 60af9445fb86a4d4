// Goal: what the EVE example plugin adds to records agrees with them, and its callbacks are called
// like those of Suricata's Rust example (T16). Method: EVE files and event logs of whole runs with
// the .so.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <suricata/app-layer-protos.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "surisim/fixtures/lifecycle_test.hpp"
#include "surisim/fixtures/matchers.hpp"

namespace {

using namespace surisim;
using namespace surisim::fixtures;
using nlohmann::json;
using testing::ElementsAre;
using testing::SizeIs;

// Suricata writes IPv6 addresses in full, 0ca3 and all; the accessor's text is the short one.
std::array<unsigned char, 16> octets(const std::string& text) {
  std::array<unsigned char, 16> all{};
  const bool v6 = text.find(':') != std::string::npos;
  EXPECT_EQ(inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), all.data()), 1) << text;
  return all;
}

class EveExample : public LifecycleTest {
 protected:
  EveExample() {
    std::string name = (std::filesystem::temp_directory_path() / "eve-example-XXXXXX").string();
    const int fd = mkstemp(name.data());
    if (fd >= 0) std::fclose(fdopen(fd, "w"));
    path_ = name;
    options.eve.file = path_;
    load(SURISIM_TEST_PLUGIN_DIR "/eve_example_cpp.so");
  }
  ~EveExample() override { std::filesystem::remove(path_); }

  std::vector<json> records() const {
    std::vector<json> all;
    std::ifstream in(path_);
    for (std::string line; std::getline(in, line);) all.push_back(json::parse(line));
    return all;
  }

  // A single UDP flow, as from a file, with statistics off.
  void read_one_flow() {
    options.capture = Capture::pcap_file;
    options.stats = options.command_socket = false;
    options.traffic.flows = 1;
    options.traffic.no_flow = options.traffic.alerts = 0;
    options.traffic.udp = 1;
    options.traffic.icmp = 0;
    options.traffic.ends = {
        .recycler = 1, .pressure = 0, .bucket = 0, .reuse = 0, .handed_back = 0, .backstop = 0};
  }
  std::vector<std::string> threads_with_a_value() const {
    std::vector<std::string> names;
    for (const Event& e : events()) {
      if (e.kind == EventKind::thread_value_set) names.emplace_back(e.tv.name);
    }
    return names;
  }

  std::string path_;
};

void expect_agreement(const json& record) {
  SCOPED_TRACE(record.dump());
  EXPECT_EQ(record["cpp_wrapped"]["has_flow"], "true");
  const json& accessors = record["cpp_wrapped"]["flow_accessors"];
  EXPECT_EQ(octets(accessors["src_ip"]), octets(record["src_ip"]));
  EXPECT_EQ(octets(accessors["dest_ip"]), octets(record["dest_ip"]));
  if (record["proto"] == "TCP" || record["proto"] == "UDP") {
    EXPECT_EQ(accessors["src_port"], record["src_port"]);
    EXPECT_EQ(accessors["dest_port"], record["dest_port"]);
  }
  const std::map<std::string, int> protocols = {
      {"TCP", 6}, {"UDP", 17}, {"ICMP", 1}, {"IPv6-ICMP", 58}};
  EXPECT_EQ(accessors["ip_proto"], protocols.at(record["proto"]));
  EXPECT_EQ(accessors["app_proto"], record["proto"] == "UDP" ? ALPROTO_FAILED : ALPROTO_UNKNOWN);
  const json& counts = record["flow"];
  EXPECT_EQ(accessors["toserver_pkts"], counts["pkts_toserver"]);
  EXPECT_EQ(accessors["toclient_pkts"], counts["pkts_toclient"]);
  EXPECT_EQ(record["cpp_wrapped"]["flow_packets"],
            counts["pkts_toserver"].get<int>() + counts["pkts_toclient"].get<int>())
      << "one update for each packet (L30)";
}

TEST_F(EveExample, L33_AddsToEveryFlowRecordDataThatAgreesWithIt) {
  options.threads = 8;
  options.traffic.flows = 1000;
  ASSERT_TRUE(run());
  std::uint64_t flows = 0;
  for (const json& record : records()) {
    if (record["event_type"] == "stats") continue;  // no callback sees it
    EXPECT_EQ(record["cpp_raw"]["example"], "eve-callback") << record;
    EXPECT_EQ(record["cpp_wrapped"]["example"], "eve-callback") << record;
    if (record["event_type"] != "flow") continue;
    ++flows;
    expect_agreement(record);
  }
  EXPECT_EQ(flows, summary().flows.started - summary().flows.ended_by_backstop);
  EXPECT_TRUE(clean());
  EXPECT_THAT(events(), FreedExactlyOnce("cpp-example-thread"));
  EXPECT_THAT(events(), FreedExactlyOnce("cpp-example-flow"));
}

TEST_F(EveExample, SaysThatARecordHasNoFlow) {
  options.traffic.no_flow = 0.1;
  ASSERT_TRUE(run());
  std::map<std::string, int> without;
  for (const json& record : records()) {
    if (record["event_type"] == "stats") continue;  // no callback sees it
    if (record["cpp_wrapped"]["has_flow"] == "true") continue;
    EXPECT_EQ(record["cpp_wrapped"],
              json::parse(R"({"example":"eve-callback","has_flow":"false"})"));
    ++without[record["event_type"]];
  }
  EXPECT_EQ(without["anomaly"], static_cast<int>(summary().packets_no_flow));
}

TEST_F(EveExample, T16_InSingleModeFourThreadsGetAValueAndOneFlow) {
  read_one_flow();
  options.mode = Mode::single;
  ASSERT_TRUE(run());
  const Summary summed = summary();
  EXPECT_EQ(summed.thread_init_callbacks, 4u);
  EXPECT_THAT(threads_with_a_value(), ElementsAre("W#01", "FM#01", "FR#01", "HB"));
  EXPECT_EQ(summed.flow_init_callbacks, 1u);
  EXPECT_EQ(summed.flow_update_callbacks, summed.packets);
  EXPECT_EQ(summed.flow_finish_callbacks, 1u);
  EXPECT_THAT(events(), HasCount(event(EventKind::thread_value_freed), 4));
  EXPECT_THAT(events(), HasCount(event(EventKind::flow_value_set), 1));
  EXPECT_THAT(events(), HasCount(event(EventKind::flow_value_freed), 1));
  EXPECT_THAT(records(), SizeIs(1));
}

TEST_F(EveExample, T16_AutofpWithThreeWorkersHasSevenThreads) {
  read_one_flow();
  options.mode = Mode::autofp;
  options.threads = 3;
  ASSERT_TRUE(run());
  EXPECT_THAT(threads_with_a_value(),
              ElementsAre("RX#01", "W#01", "W#02", "W#03", "FM#01", "FR#01", "HB"));
  EXPECT_THAT(events(), HasCount(event(EventKind::thread_value_freed), 7));
}

}  // namespace
