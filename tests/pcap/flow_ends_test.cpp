// Facts T12 to T17: how flows of a capture file end, and what is called. Method: small captures
// whose packet times and TCP flags each lead to one way of ending.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <suricata/flow-storage.h>
#include <suricata/output-packet.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>

#include <atomic>
#include <map>
#include <set>

#include "pcap_test.hpp"

namespace surisim::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

std::atomic<int> packets_logged;
std::atomic<int> without_flow;

struct MadeUp {
  std::uint8_t flowflags;
  int sp;
  int length;  // as in the IP header
  bool has_flow;
  bool operator==(const MadeUp&) const = default;
};
void PrintTo(const MadeUp& one, std::ostream* out) {
  *out << "flow flags " << int{one.flowflags} << ", port " << one.sp << ", " << one.length
       << " bytes";
}
std::vector<MadeUp> made_up;  // packets, on the one worker

class FlowEnds : public PcapTest {
 protected:
  // Handshake without data, at `at` seconds.
  static void add_handshake(Capture& capture, double at, std::uint32_t isn = 1000) {
    capture.add(tcp_packet(true, kSyn, isn, 0), at);
    capture.add(tcp_packet(false, kSyn | kAck, 5000, isn + 1));
    capture.add(tcp_packet(true, kAck, isn + 1, 5001));
  }

  void load_packet_logger() {
    packets_logged = without_flow = 0;
    made_up.clear();
    load("packet logger", [] {
      SCRegisterOnLoggingReady(
          [](void*) {
            SCOutputRegisterPacketLogger(
                LOGGER_USER, "packets",
                [](ThreadVars*, void*, const Packet* packet) {
                  ++packets_logged;
                  if (packet->flow == nullptr) ++without_flow;
                  if (PKT_IS_PSEUDOPKT(packet) == 0) return 0;
                  const auto* const ip =
                      reinterpret_cast<const std::uint8_t*>(packet->l3.hdrs.ip4h);
                  made_up.push_back(
                      {packet->flowflags, packet->sp, ip[2] << 8 | ip[3], packet->flow != nullptr});
                  return 0;
                },
                [](ThreadVars*, void*, const Packet*) { return true; }, nullptr,
                [](ThreadVars*, const void*, void** data) {
                  *data = nullptr;
                  return TM_ECODE_OK;
                },
                nullptr);
          },
          nullptr);
    });
    options.eve.file = dir.file("eve.json");
  }
};

TEST_F(FlowEnds, T12_APacketAfter30SecondsStartsANewFlow) {
  Capture capture;
  capture.add(udp_packet(true), 0).add(udp_packet(true), 29.999).add(udp_packet(true), 59.999);
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(flows().size(), 2u) << "29.999 s late, and 30 s late";
  EXPECT_EQ(summary().flows.ended_in_bucket, 1u) << "its worker ends it, without a finish (L32)";
  EXPECT_EQ(finishes(), 1u);
}

TEST_F(FlowEnds, T12_AnAnsweredFlowLives300Seconds) {
  Capture capture;
  capture.add(udp_packet(true), 0).add(udp_packet(false), 1);
  capture.add(udp_packet(true), 300.999).add(udp_packet(true), 600.999);
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(flows().size(), 2u);
}

TEST_F(FlowEnds, T12_AClosedTcpFlowLives10Seconds) {
  Capture capture;
  add_handshake(capture, 0);
  capture.add(tcp_packet(true, kFin | kAck, 1001, 5001), 100);
  capture.add(tcp_packet(false, kFin | kAck, 5001, 1002), 101);
  capture.add(tcp_packet(true, kAck, 1002, 5002), 102);
  capture.add(tcp_packet(true, kAck, 1002, 5002), 111.999);
  capture.add(tcp_packet(true, kAck, 1002, 5002), 121.999);
  ASSERT_TRUE(run_on(capture));
  ASSERT_EQ(flows().size(), 2u);
  EXPECT_EQ(flows()[0].state, FLOW_STATE_CLOSED);
}

TEST_F(FlowEnds, T12_AFlowWithoutFurtherPacketsGoesToTheRecyclerByPacketTime) {
  Capture capture;
  capture.add(udp_packet(true, 1), 0);
  for (int i = 0; i < 70'000; ++i) capture.add(udp_packet(true, 2));  // 70 s
  options.record = Options::Record::lifecycle;
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(summary().flows.finished_by_recycler, 1u);
  EXPECT_EQ(summary().flows.finished_at_shutdown, 1u);
}

TEST_F(FlowEnds, T14_ATcpFlowWithUnreadDataThatTimesOutGoesBackToItsWorkerWithoutFinish) {
  Capture capture;
  add_handshake(capture, 0);
  capture.add(tcp_packet(true, kAck | kPsh, 1001, 5001, "q"), 1);
  capture.add(tcp_packet(false, kAck, 5001, 1002), 2);
  capture.add(tcp_packet(true, kFin | kAck, 1002, 5001), 3);
  capture.add(tcp_packet(false, kFin | kAck, 5001, 1003), 4);
  capture.add(tcp_packet(true, kAck, 1003, 5002), 5);
  for (int i = 0; i < 70'000; ++i) capture.add(udp_packet(true, 2));  // 70 s
  options.record = Options::Record::lifecycle;
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(summary().flows.ended_handed_back, 1u);
  EXPECT_EQ(summary().flows.finished_by_recycler, 0u);
  EXPECT_EQ(summary().flows.finished_at_shutdown, 1u) << "the other flow";
}

std::vector<AppProto> protocols_seen;
std::atomic<int> other_workers;

TEST_F(FlowEnds, TheFirstUpdateOfAUdpFlowComesBeforeProtocolDetection) {
  protocols_seen.clear();
  load("looker", [] {
    SCFlowRegisterUpdateCallback(
        [](ThreadVars*, Flow* f, Packet*, void*) { protocols_seen.push_back(f->alproto); },
        nullptr);
  });
  ASSERT_TRUE(run_on(Capture().add(udp_packet(true)).add(udp_packet(true))));
  EXPECT_THAT(protocols_seen, ElementsAre(ALPROTO_UNKNOWN, ALPROTO_FAILED));
}

TEST_F(FlowEnds, AFlowKnowsItsWorkerFromItsInitOn) {
  other_workers = 0;
  options.mode = Mode::autofp;
  load("looker", [] {
    SCFlowRegisterInitCallback(
        [](ThreadVars* tv, Flow* f, const Packet*, void*) {
          if (f->thread_id[0] != tv->id) ++other_workers;
        },
        nullptr);
  });
  ASSERT_TRUE(run_on(Capture().add(udp_packet(true, 1)).add(udp_packet(true, 2))));
  EXPECT_EQ(flows().size(), 2u);
  EXPECT_EQ(other_workers, 0);
}

// 10.0.0.1 sends an ICMP message of a type to the host of that number.
Bytes icmp_packet(std::uint8_t type, std::uint8_t to = 2) {
  return ethernet(ipv4(IPPROTO_ICMP, ip4(1), ip4(to), icmp(type, 0, Bytes(16, 't'))));
}

TEST_F(FlowEnds, T17_IcmpEndsTimedOutFlowsOfItsPairOfHostsWithoutFinish) {
  ASSERT_TRUE(run_on(Capture().add(icmp_packet(8), 0).add(icmp_packet(13), 100)));
  EXPECT_EQ(flows().size(), 2u);
  EXPECT_EQ(summary().flows.ended_in_bucket, 1u);
  EXPECT_EQ(finishes(), 1u);
}

TEST_F(FlowEnds, T17_FlowsOfOtherHostsProtocolsAndVlansLieInOtherRows) {
  Capture capture;
  capture.add(icmp_packet(8, 3), 0);
  capture.add(ethernet(ipv4(IPPROTO_SCTP, ip4(1), ip4(2), sctp(1, 2))), 0);
  capture.add(ethernet(ipv4(IPPROTO_ICMP, ip4(1), ip4(2), icmp(8, 0, Bytes(16, 't'))), {7}), 0);
  capture.add(udp_packet(true, 1), 0);
  capture.add(icmp_packet(13), 100).add(udp_packet(true, 2), 100);
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(flows().size(), 6u);
  EXPECT_EQ(finishes(), 6u);
}

TEST_F(FlowEnds, T17_ASearchOfTheRowStopsAtThePacketsOwnFlow) {
  const auto sctp_packet = [](std::uint16_t port) {
    return ethernet(ipv4(IPPROTO_SCTP, ip4(1), ip4(2), sctp(port, 9)));
  };
  Capture capture;
  capture.add(sctp_packet(1), 0).add(sctp_packet(2), 1).add(sctp_packet(3), 2);
  // New flows go to the front: the second one is found after the third, and before the first.
  capture.add(sctp_packet(2), 30).add(sctp_packet(2), 40);
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(flows().size(), 3u);
  EXPECT_EQ(flows().at(0).sp, 3);
  EXPECT_EQ(summary().flows.ended_in_bucket, 1u);
  EXPECT_EQ(finishes(), 2u);
}

TEST_F(FlowEnds, T17_Icmpv6HashesItsPorts) {
  const auto packet = [](std::uint8_t type) {
    return ethernet(ipv6(IPPROTO_ICMPV6, ip6(1), ip6(2), icmp(type, 0, Bytes(16, 't'))));
  };
  ASSERT_TRUE(run_on(Capture().add(packet(128), 0).add(packet(139), 100)));
  EXPECT_EQ(finishes(), 2u);
}

TEST_F(FlowEnds, T17_InAutofpAllIcmpOfAPairOfHostsGoesToOneWorker) {
  options.mode = Mode::autofp;
  options.threads = 8;
  Capture capture;
  for (std::uint8_t type = 13; type < 19; ++type) capture.add(icmp_packet(type));
  ASSERT_TRUE(run_on(capture));
  std::set<std::string_view> workers;
  for (const Event& e : events()) {
    if (e.kind == EventKind::flow_update) workers.insert(e.os);
  }
  EXPECT_EQ(flows().size(), 6u);
  EXPECT_EQ(workers.size(), 1u);
}

TEST_F(FlowEnds, T13_ASynAfterTheEndStartsANewFlow) {
  ASSERT_TRUE(run_on(Capture().add_tcp_conversation().add(tcp_packet(true, kSyn, 9000, 0))));
  EXPECT_THAT(flows(), ElementsAre(Field("to_server", &SeenFlow::to_server, 5u),
                                   Field("to_server", &SeenFlow::to_server, 1u)));
  EXPECT_EQ(summary().flows.ended_by_reuse, 1u);
  // The new flow's init and update come before the old one is freed (L33).
  std::vector<std::string> order;
  for (const Event& e : events()) {
    if (e.kind == EventKind::flow_init && e.flow.flow == 9) order.push_back("init");
    if (e.kind == EventKind::flow_update && e.flow.flow == 9) order.push_back("update");
    if (e.kind == EventKind::flow_cleared && e.flow.flow == 1) order.push_back("free");
  }
  EXPECT_THAT(order, ElementsAre("init", "update", "free"));
}

TEST_F(FlowEnds, T13_ASynBeforeTheEndStaysInItsFlow) {
  Capture capture;
  add_handshake(capture, 0);
  capture.add(tcp_packet(true, kSyn, 9000, 0));
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(flows().size(), 1u);
}

TEST_F(FlowEnds, T13_ASynAfterPacketsWithoutAHandshakeStartsANewFlow) {
  ASSERT_TRUE(run_on(
      Capture().add(tcp_packet(true, kAck, 1, 1, "x")).add(tcp_packet(true, kSyn, 1000, 0))));
  EXPECT_EQ(flows().size(), 2u);
}

TEST_F(FlowEnds, T13_ARetransmittedSynDoesNotStartANewFlow) {
  Capture capture;
  capture.add_tcp_conversation().add(tcp_packet(true, kSyn, 1000, 0));
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(flows().size(), 1u);
}

TEST_F(FlowEnds, T13_ToleratesPacketTimesThatJump) {
  Capture capture;
  capture.add(udp_packet(true), 100).add(udp_packet(false), 1).add(udp_packet(true), 90);
  capture.add(udp_packet(true), 100'000'000).add(udp_packet(true), 2);
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(updates(), 5u);
  EXPECT_EQ(flows().size(), 2u);
}

TEST_F(FlowEnds, T14_AnEstablishedTcpFlowIsFreedByItsWorkerWithoutFinish) {
  Capture capture;
  add_handshake(capture, 0);
  capture.add(tcp_packet(true, kAck | kPsh, 1001, 5001, "request"));
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(summary().flows.ended_at_shutdown, 1u);
  EXPECT_EQ(finishes(), 0u);
  EXPECT_EQ(flows()[0].state, FLOW_STATE_ESTABLISHED);
}

TEST_F(FlowEnds, T14_AnEstablishedTcpFlowWithoutDataIsFreedByItsWorkerWithoutFinish) {
  Capture capture;
  add_handshake(capture, 0);
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(summary().flows.ended_at_shutdown, 1u);
  EXPECT_EQ(finishes(), 0u);
}

TEST_F(FlowEnds, T14_AClosedTcpFlowGetsItsFinishUnlessItsDataIsStillUnread) {
  // Bytes of data to the server and to the client.
  const auto finishes_with = [&](std::uint32_t request, std::uint32_t answer) {
    TearDown();
    Capture capture;
    add_handshake(capture, 0);
    const std::uint32_t client = 1001 + request;
    const std::uint32_t server = 5001 + answer;
    if (request > 0)
      capture.add(tcp_packet(true, kAck | kPsh, 1001, 5001, std::string(request, 'q')));
    if (request > 0) capture.add(tcp_packet(false, kAck, 5001, client));
    if (answer > 0)
      capture.add(tcp_packet(false, kAck | kPsh, 5001, client, std::string(answer, 'a')));
    if (answer > 0) capture.add(tcp_packet(true, kAck, client, server));
    capture.add(tcp_packet(true, kFin | kAck, client, server));
    capture.add(tcp_packet(false, kFin | kAck, server, client + 1));
    capture.add(tcp_packet(true, kAck, client + 1, server + 1));
    EXPECT_TRUE(run_on(capture));
    return finishes();
  };
  EXPECT_EQ(finishes_with(0, 0), 1u);
  EXPECT_EQ(finishes_with(17, 10), 1u);
  EXPECT_EQ(finishes_with(17, 0), 0u);
  EXPECT_EQ(finishes_with(0, 10), 0u);
  EXPECT_EQ(finishes_with(16, 1000), 0u) << "too short to tell that it is no known protocol";
  EXPECT_EQ(finishes_with(1000, 9), 0u);
}

TEST_F(FlowEnds, T14_ATcpFlowsProtocolIsUnknownUntilEnoughDataWentBothWays) {
  const auto protocol_with = [&](std::uint32_t request, std::uint32_t answer) {
    TearDown();
    protocols_seen.clear();
    load("looker", [] {
      SCFlowRegisterUpdateCallback(
          [](ThreadVars*, Flow* f, Packet*, void*) { protocols_seen.push_back(f->alproto); },
          nullptr);
    });
    Capture capture;
    add_handshake(capture, 0);
    capture.add(tcp_packet(true, kAck | kPsh, 1001, 5001, std::string(request, 'q')));
    capture.add(tcp_packet(false, kAck | kPsh, 5001, 1001 + request, std::string(answer, 'a')));
    capture.add(tcp_packet(true, kAck, 1001 + request, 5001 + answer));
    capture.add(tcp_packet(true, kAck, 1001 + request, 5001 + answer));
    EXPECT_TRUE(run_on(capture));
    return protocols_seen.back();
  };
  EXPECT_EQ(protocol_with(17, 10), ALPROTO_FAILED);
  EXPECT_EQ(protocol_with(16, 10), ALPROTO_UNKNOWN);
  EXPECT_EQ(protocol_with(17, 9), ALPROTO_UNKNOWN);
}

TEST_F(FlowEnds, T14_OthersGetTheirFinishOnTheRecycler) {
  Capture capture;
  capture.add_tcp_conversation(1);                       // closed
  capture.add(tcp_packet(true, kSyn, 1, 0, {}, 2));      // never answered
  capture.add(tcp_packet(true, kAck, 1, 1, "data", 3));  // no handshake seen
  capture.add(tcp_packet(true, kSyn, 1, 0, {}, 4));      // refused
  capture.add(tcp_packet(false, kRst | kAck, 0, 2, {}, 4));
  capture.add(udp_packet(true));
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(summary().flows.finished_at_shutdown, 5u);
  for (const Event& e : events()) {
    if (e.kind == EventKind::flow_finish) {
      EXPECT_EQ(e.os, "FR#01");
    }
  }
}

TEST_F(FlowEnds, T15_AFlowLoggerRunsForEveryFlowEvenWithoutFinish) {
  Capture capture;
  add_handshake(capture, 0);
  capture.add(udp_packet(true));
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(finishes(), 1u);
  EXPECT_EQ(flows().size(), 2u);
}

constexpr std::uint8_t kLastLook = FLOW_PKT_ESTABLISHED;

TEST_F(FlowEnds, T14_PacketLoggersAndNotCallbacksSeeAPacketForEachDirectionWithUnreadData) {
  load_packet_logger();
  Capture capture;
  add_handshake(capture, 0);
  capture.add(tcp_packet(true, kAck | kPsh, 1001, 5001, "request"));
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(updates(), 4u);
  EXPECT_EQ(packets_logged, 6);
  EXPECT_THAT(made_up,
              ElementsAre(MadeUp{kLastLook | FLOW_PKT_TOSERVER, flows().at(0).sp, 40, true},
                          MadeUp{kLastLook | FLOW_PKT_TOCLIENT | FLOW_PKT_LAST_PSEUDO,
                                 flows().at(0).dp, 40, true}));
}

TEST_F(FlowEnds, T14_PacketLoggersSeeAPacketForTheEndOfAClosedFlowWithUnreadData) {
  load_packet_logger();
  Capture capture;
  add_handshake(capture, 0);
  capture.add(tcp_packet(true, kAck | kPsh, 1001, 5001, "request"));
  capture.add(tcp_packet(false, kAck, 5001, 1008));
  capture.add(tcp_packet(true, kRst, 1008, 0));
  ASSERT_TRUE(run_on(capture));
  EXPECT_THAT(made_up, ElementsAre(MadeUp{kLastLook | FLOW_PKT_TOSERVER | FLOW_PKT_LAST_PSEUDO,
                                          flows().at(0).sp, 40, true}));
}

TEST_F(FlowEnds, T15_APacketLoggerRunsForPacketsWithoutAFlowTooOnceEveIsConfigured) {
  load_packet_logger();
  ASSERT_TRUE(run_on(Capture().add(udp_packet(true)).add(ethernet(Bytes(28, '\x01'), {}, 0x0806))));
  EXPECT_EQ(packets_logged, 2);
  EXPECT_EQ(without_flow, 1);
  EXPECT_THAT(read_file(options.eve.file),
              AllOf(HasSubstr("\"event_type\":\"flow\""), HasSubstr("\"src_ip\":\"10.0.0.1\"")));
}

TEST_F(FlowEnds, TheEveRecordOfATcpFlowHasItsSessionsState) {
  Capture capture;
  capture.add_tcp_conversation();
  capture.add(tcp_packet(true, kAck | kPsh, 1, 1, "no handshake", 3));
  options.eve.file = dir.file("eve.json");
  ASSERT_TRUE(run_on(capture));
  EXPECT_THAT(
      read_file(options.eve.file),
      AllOf(HasSubstr(R"("tcp":{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"1b",)"
                      R"("syn":true,"fin":true,"psh":true,"ack":true,"state":"closed",)"
                      R"("ts_max_regions":1,"tc_max_regions":1})"),
            HasSubstr(R"("tcp":{"tcp_flags":"00","tcp_flags_ts":"00","tcp_flags_tc":"00"})")));
}

// TimeGet when the record is made: at the shutdown, the time of the last packet of all flows.
TEST_F(FlowEnds, TheEveRecordOfAFlowHasTheTimeOfItsEnd) {
  Capture capture;
  capture.add(udp_packet(true), 1).add(udp_packet(true), 2);
  capture.add(ethernet(Bytes(28, '\x01'), {}, 0x0806), 9);
  options.eve.file = dir.file("eve.json");
  ASSERT_TRUE(run_on(capture));
  const std::string record = read_file(options.eve.file);
  const auto seconds_after = [&](const std::string& key) {
    const std::size_t at = record.find("\"" + key + "\":\"");
    return record.substr(at + key.size() + 4 + 17, 2);
  };
  EXPECT_EQ(std::stoi(seconds_after("timestamp")) - std::stoi(seconds_after("end")), 7) << record;
}

TEST_F(FlowEnds, ProtocolDetectionFailsOnTheDataOfATcpSession) {
  const auto record_of = [&](const Capture& capture) {
    options.eve.file = dir.file("eve.json");
    EXPECT_TRUE(run_on(capture));
    return read_file(options.eve.file);
  };
  Capture with_data;
  with_data.add_tcp_conversation();
  EXPECT_THAT(record_of(with_data), HasSubstr(R"("app_proto":"failed","flow":{)"));
  TearDown();
  EXPECT_THAT(record_of(Capture().add(tcp_packet(true, kSyn, 1, 0))),
              testing::Not(HasSubstr("app_proto")));
}

// Counts what Suricata's Rust example plugin does.
struct Example {
  static inline SCThreadStorageId thread_slot;
  static inline SCFlowStorageId flow_slot;
  static inline std::atomic<int> thread_inits, gets, empty_gets, sets, thread_frees, flow_frees,
      inits, updates, finishes;

  static void* get(ThreadVars* tv) {
    ++gets;
    void* const value = SCThreadGetStorageById(tv, thread_slot);
    if (value == nullptr) ++empty_gets;
    return value;
  }
  static void register_all() {
    thread_slot = SCThreadStorageRegister("example", [](void* value) {
      ++thread_frees;
      delete static_cast<int*>(value);
    });
    flow_slot = SCFlowStorageRegister("example", [](void* value) {
      ++flow_frees;
      delete static_cast<int*>(value);
    });
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) {
          ++thread_inits;
          if (get(tv) != nullptr) return;
          ++sets;
          SCThreadSetStorageById(tv, thread_slot, new int);
        },
        nullptr);
    SCFlowRegisterInitCallback(
        [](ThreadVars* tv, Flow* f, const Packet*, void*) {
          ++inits;
          get(tv);
          SCFlowSetStorageById(f, flow_slot, new int);
        },
        nullptr);
    SCFlowRegisterUpdateCallback([](ThreadVars*, Flow*, Packet*, void*) { ++updates; }, nullptr);
    SCFlowRegisterFinishCallback([](ThreadVars*, Flow*, void*) { ++finishes; }, nullptr);
  }
  static void forget() {
    for (std::atomic<int>* count : {&thread_inits, &gets, &empty_gets, &sets, &thread_frees,
                                    &flow_frees, &inits, &updates, &finishes})
      *count = 0;
  }
};

class ExamplePlugin : public PcapTest {
 protected:
  ExamplePlugin() {
    Example::forget();
    load("example", Example::register_all);
  }
  // One flow of 34 packets.
  static Capture capture() {
    Capture packets;
    packets.add_tcp_conversation();
    for (int i = 0; i < 26; ++i) packets.add(tcp_packet(false, kAck, 5008, 1009));
    return packets;
  }
};

TEST_F(ExamplePlugin, T16_SingleModeGivesSuricatasNumbers) {
  ASSERT_TRUE(run_on(capture()));
  std::vector<std::string> threads;
  for (const ThreadSummary& thread : summary().threads) threads.push_back(thread.name);
  EXPECT_THAT(threads, ElementsAre("W#01", "FM#01", "FR#01", "HB"));
  EXPECT_EQ(Example::thread_inits, 4);
  EXPECT_EQ(Example::inits, 1);
  EXPECT_EQ(Example::updates, 34);
  EXPECT_EQ(Example::finishes, 1);
  EXPECT_EQ(Example::gets, 5);
  EXPECT_EQ(Example::empty_gets, 4);
  EXPECT_EQ(Example::sets, 4);
  EXPECT_EQ(Example::thread_frees, 4);
  EXPECT_EQ(Example::flow_frees, 1);
}

TEST_F(ExamplePlugin, T16_StatisticsAddTwoThreads) {
  options.stats = true;
  ASSERT_TRUE(run_on(capture()));
  EXPECT_EQ(Example::thread_inits, 6);
}

TEST_F(ExamplePlugin, T16_AutofpWithThreeWorkersHasSevenThreads) {
  options.mode = Mode::autofp;
  options.threads = 3;
  ASSERT_TRUE(run_on(capture()));
  EXPECT_EQ(Example::thread_inits, 7);
  EXPECT_EQ(Example::updates, 34);
  EXPECT_EQ(Example::finishes, 1);
}

TEST_F(FlowEnds, AutofpGivesAllPacketsOfAFlowToOneWorkerAndTheSameFlowsAsSingle) {
  Capture capture;
  for (std::uint16_t port = 1000; port < 1200; ++port) {
    capture.add(udp_packet(true, port));
    capture.add(tcp_packet(true, kSyn, 1, 0, {}, port));
  }
  for (std::uint16_t port = 1000; port < 1200; ++port) {
    capture.add(udp_packet(false, port));
    capture.add(ethernet(Bytes(28, '\x01'), {}, 0x0806));
  }
  options.mode = Mode::autofp;
  options.threads = 4;
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(flows().size(), 400u);
  EXPECT_EQ(updates(), 600u);
  EXPECT_EQ(summary().packets_no_flow, 200u);
  std::map<std::uint64_t, std::string> worker;
  std::set<std::string> workers;
  for (const Event& e : events()) {
    if (e.kind == EventKind::flow_init) worker[e.flow.flow] = e.os;
    if (e.kind == EventKind::flow_init) workers.insert(std::string(e.os));
    if (e.kind == EventKind::flow_update) {
      EXPECT_EQ(worker[e.flow.flow], e.os);
    }
  }
  EXPECT_EQ(workers.size(), 4u);
}

}  // namespace
}  // namespace surisim::test
