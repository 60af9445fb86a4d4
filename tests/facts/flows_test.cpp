// Facts L30, L31, L32, L33, L34, L35, L36 and L37: flow callbacks and flow storage.
// Method: the event log with every flow, or callbacks that check.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <suricata/flow-callbacks.h>
#include <suricata/flow-storage.h>
#include <suricata/output-eve.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/journal.hpp"
#include "surisim/fixtures/lifecycle_test.hpp"
#include "surisim/fixtures/matchers.hpp"

namespace {

using namespace surisim;
using namespace surisim::fixtures;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

SCFlowStorageId flow_slot;
SCThreadStorageId thread_slot;
char flow_value;
std::atomic<std::uint64_t> got_finishes;
std::atomic<int> foreign_tv;  // callbacks whose ThreadVars was not their thread's

class Flows : public LifecycleTest {
 protected:
  void SetUp() override {
    options.traffic.flows = 600;
    load("plugin", [] {
      flow_slot = SCFlowStorageRegister("flow slot", [](void*) {});
      thread_slot = SCThreadStorageRegister("thread slot", [](void*) {});
      SCThreadRegisterInitCallback(
          [](ThreadVars* tv, void*) { SCThreadSetStorageById(tv, thread_slot, &flow_value); },
          nullptr);
      SCFlowRegisterInitCallback([](ThreadVars*, Flow* f, const Packet*,
                                    void*) { SCFlowSetStorageById(f, flow_slot, &flow_value); },
                                 nullptr);
    });
  }
  void only(double EndShares::*kind) {
    options.traffic.ends = {0, 0, 0, 0, 0, 0};
    options.traffic.ends.*kind = 1;
  }
  // Loads a plugin that counts its flow callbacks' arguments, independently of the log.
  void load_counter() {
    got_finishes = 0;
    foreign_tv = 0;
    load("counter", [] {
      static const auto look = [](const ThreadVars* tv) {
        if (pthread_equal(tv->t, pthread_self()) == 0) ++foreign_tv;
      };
      SCFlowRegisterInitCallback([](ThreadVars* tv, Flow*, const Packet*, void*) { look(tv); },
                                 nullptr);
      SCFlowRegisterUpdateCallback([](ThreadVars* tv, Flow*, Packet*, void*) { look(tv); },
                                   nullptr);
      SCFlowRegisterFinishCallback(
          [](ThreadVars* tv, Flow*, void*) {
            look(tv);
            ++got_finishes;
          },
          nullptr);
    });
  }
  // What happened to each flow, in order: "init", "update", "finish", "cleared".
  std::map<std::uint64_t, std::vector<const Event*>> by_flow(const EventLog& log) {
    std::map<std::uint64_t, std::vector<const Event*>> flows;
    for (const Event& e : log) {
      if (e.has_flow && e.kind != EventKind::flow_value_set) flows[e.flow.flow].push_back(&e);
    }
    return flows;
  }
};

TEST_F(Flows, L30_TheFirstPacketRunsInitThenUpdateLaterOnesUpdateAllOnOneWorker) {
  load_counter();
  ASSERT_TRUE(run());
  EXPECT_EQ(foreign_tv, 0);
  const EventLog log = events();
  const auto flows = by_flow(log);
  EXPECT_EQ(flows.size(), options.traffic.flows);
  for (const auto& [number, happened] : flows) {
    ASSERT_EQ(happened[0]->kind, EventKind::flow_init) << number;
    ASSERT_EQ(happened[1]->kind, EventKind::flow_update) << number;
    EXPECT_EQ(happened[0]->flow.to_server + happened[0]->flow.to_client, 0u) << number;
    EXPECT_EQ(happened[1]->flow.to_server, 1u) << "counted before the update";
    for (const Event* e : happened) {
      if (e->kind == EventKind::flow_update) {
        EXPECT_EQ(e->os, happened[0]->os) << number;
        EXPECT_EQ(e->tv.name, e->os) << "the worker's own tv";
      }
    }
  }
}

TEST_F(Flows, L31_FinishRunsOnARecyclerWithItsOwnTv) {
  only(&EndShares::recycler);
  load_counter();
  ASSERT_TRUE(run());
  EXPECT_EQ(foreign_tv, 0);
  EXPECT_EQ(got_finishes, summary().flows.with_finish());
  EXPECT_THAT(events(), HappenedOn(event(EventKind::flow_finish), "FR#01"));
  for (const Event& e : events()) {
    if (e.kind == EventKind::flow_finish) {
      EXPECT_EQ(e.tv.name, "FR#01");
    }
  }
}

// The callback holds the recycler until the shutdown has come to it, with every batch still queued;
// no flow is left open that the shutdown would send behind them and wait for. If the shutdown does
// not come, because it waits for this thread, the callback gives up.
TEST_F(Flows, L31_ARecyclerFinishesAllQueuedFlowsBeforeItStops) {
  static Journal journal;
  static std::atomic<bool> gave_up;
  gave_up = false;
  only(&EndShares::recycler);
  options.traffic.ends.backstop = 1;
  options.traffic.flows = 2000;
  options.journal = &journal;
  load_counter();
  load("slow", [] {
    SCFlowRegisterFinishCallback(
        [](ThreadVars*, Flow*, void*) {
          constexpr auto kStopping = 1 + static_cast<std::int32_t>(Phase::stop_recyclers);
          constexpr std::chrono::seconds kPatience{10};
          const auto start = std::chrono::steady_clock::now();
          while (journal.phase.load() < kStopping && !gave_up) {
            std::this_thread::yield();
            if (std::chrono::steady_clock::now() - start > kPatience) gave_up = true;
          }
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_FALSE(gave_up) << "the shutdown waited for a flow before it came to the recycler";
  const FlowSummary flows = summary().flows;
  EXPECT_EQ(flows.finished_at_shutdown, 0u);
  EXPECT_EQ(got_finishes, flows.with_finish());
  EXPECT_EQ(flows.with_finish() + flows.without_finish(), flows.started);
  EXPECT_THAT(events(), FreedExactlyOnce("flow slot"));
}

TEST_F(Flows, L31_UnderMemoryPressureAWorkerReusesAFlowAndFinishesItFirst) {
  only(&EndShares::pressure);
  load_counter();
  ASSERT_TRUE(run());
  EXPECT_EQ(foreign_tv, 0);
  EXPECT_EQ(got_finishes, summary().flows.with_finish());
  EXPECT_GT(summary().flows.finished_by_worker, 100u);
  EXPECT_THAT(events(), Has(event(EventKind::flow_finish).on("W#01-eth0")));
  EXPECT_THAT(events(), Has(event(EventKind::flow_finish).on("W#02-eth0")));
}

TEST_F(Flows, L32_FlowsFoundTimedOutInTheirBucketGetNoFinishWhicheverWorkerCreatedThem) {
  only(&EndShares::bucket);
  load_counter();
  ASSERT_TRUE(run());
  EXPECT_EQ(got_finishes, summary().flows.with_finish());
  const EventLog log = events();
  std::size_t by_another = 0;
  std::size_t without_finish = 0;
  for (const auto& [number, happened] : by_flow(log)) {
    const Event& last = *happened.back();
    if (last.os.substr(0, 2) != "W#") continue;
    const bool finished = std::any_of(happened.begin(), happened.end(), [](const Event* e) {
      return e->kind == EventKind::flow_finish;
    });
    if (!finished) ++without_finish;
    if (last.os != happened[0]->os) ++by_another;
  }
  EXPECT_GE(without_finish, summary().flows.ended_in_bucket);
  EXPECT_GT(by_another, 0u);
  EXPECT_GT(summary().flows.ended_in_bucket, 500u);
}

TEST_F(Flows, L32_TcpFlowsWithDataGoBackToTheirWorkerAndGetNoFinish) {
  only(&EndShares::handed_back);
  load_counter();
  ASSERT_TRUE(run());
  EXPECT_EQ(got_finishes, summary().flows.with_finish());
  const EventLog log = events();
  for (const auto& [number, happened] : by_flow(log)) {
    const Event& last = *happened.back();
    if (last.os.substr(0, 2) != "W#") continue;
    EXPECT_EQ(last.os, happened[0]->os) << number;
    EXPECT_EQ(last.flow.proto, IPPROTO_TCP) << number;
    for (const Event* e : happened) EXPECT_NE(e->kind, EventKind::flow_finish) << number;
  }
  EXPECT_GT(summary().flows.ended_handed_back, 500u);
  EXPECT_GT(summary().flows.ended_at_shutdown, 0u);
}

TEST_F(Flows, L32_FinishIsNotGuaranteedAndFreeIs) {
  options.traffic.flows = 2000;
  load_counter();
  ASSERT_TRUE(run());
  EXPECT_EQ(got_finishes, summary().flows.with_finish());
  const Summary s = summary();
  EXPECT_EQ(s.flows.started, 2000u);
  EXPECT_LT(s.flows.with_finish(), 2000u);
  EXPECT_EQ(s.flows.with_finish() + s.flows.without_finish(), 2000u);
  EXPECT_THAT(events(), FreedExactlyOnce("flow slot"));
}

TEST_F(Flows, L32_EveryKindOfEndOccursWithin2000FlowsInEveryMode) {
  options.traffic.flows = 2000;
  options.mode = Mode::single;
  load_counter();
  ASSERT_TRUE(run());
  EXPECT_EQ(got_finishes, summary().flows.with_finish());
  const FlowSummary f = summary().flows;
  EXPECT_GT(f.finished_by_recycler, 0u);
  EXPECT_GT(f.finished_at_shutdown, 0u);
  EXPECT_GT(f.finished_by_worker, 0u);
  EXPECT_GT(f.ended_in_bucket, 0u);
  EXPECT_GT(f.ended_by_reuse, 0u);
  EXPECT_GT(f.ended_handed_back, 0u);
  EXPECT_GT(f.ended_at_shutdown, 0u);
  EXPECT_GT(f.ended_by_backstop, 0u);
}

TEST_F(Flows, L33_FinishComesBeforeTheFlowsFree) {
  only(&EndShares::recycler);
  ASSERT_TRUE(run());
  const EventLog log = events();
  for (const auto& [number, happened] : by_flow(log)) {
    for (std::size_t i = 0; i < happened.size(); ++i) {
      if (happened[i]->kind != EventKind::flow_finish) continue;
      ASSERT_GT(happened.size(), i + 2) << number;
      EXPECT_EQ(happened[i + 1]->kind, EventKind::flow_cleared) << number;
      EXPECT_EQ(happened[i + 2]->kind, EventKind::flow_value_freed) << number;
    }
  }
}

TEST_F(Flows, L33_UnderPressureTheSamePointerGetsFinishFreeAndInitInOnePacket) {
  only(&EndShares::pressure);
  options.mode = Mode::single;
  ASSERT_TRUE(run());
  const EventLog log = events();
  std::vector<const Event*> worker;
  for (const Event& e : log) {
    if (e.os == "W#01" && e.has_flow) worker.push_back(&e);
  }
  std::size_t seen = 0;
  for (std::size_t i = 0; i + 3 < worker.size(); ++i) {
    if (worker[i]->kind != EventKind::flow_finish) continue;
    ++seen;
    EXPECT_EQ(worker[i + 1]->kind, EventKind::flow_cleared);
    EXPECT_EQ(worker[i + 2]->kind, EventKind::flow_value_freed);
    EXPECT_EQ(worker[i + 3]->kind, EventKind::flow_init);
    EXPECT_EQ(worker[i + 3]->flow.handle, worker[i]->flow.handle);
    EXPECT_NE(worker[i + 3]->flow.flow, worker[i]->flow.flow);
  }
  EXPECT_EQ(seen, summary().flows.finished_by_worker);
}

TEST_F(Flows, L33_InTcpReuseInitAndUpdateOfTheNewFlowComeBeforeTheFreeOfTheOld) {
  only(&EndShares::reuse);
  options.mode = Mode::single;
  ASSERT_TRUE(run());
  const EventLog log = events();
  std::vector<const Event*> worker;
  for (const Event& e : log) {
    if (e.os == "W#01" && e.has_flow && e.kind != EventKind::flow_value_set) worker.push_back(&e);
  }
  std::size_t seen = 0;
  for (std::size_t i = 2; i + 1 < worker.size(); ++i) {
    if (worker[i]->kind != EventKind::flow_cleared) continue;
    if (worker[i - 2]->kind != EventKind::flow_init) continue;
    ++seen;
    EXPECT_EQ(worker[i - 1]->kind, EventKind::flow_update);
    EXPECT_EQ(worker[i - 2]->flow.flow, worker[i]->flow.flow + 1) << "the next flow";
    EXPECT_EQ(worker[i - 2]->flow.sp, worker[i]->flow.sp);
    EXPECT_EQ(worker[i - 2]->flow.dp, worker[i]->flow.dp);
    EXPECT_NE(worker[i - 2]->flow.handle, worker[i]->flow.handle);
  }
  EXPECT_EQ(seen, summary().flows.ended_by_reuse);
  EXPECT_GT(seen, 100u);
}

TEST_F(Flows, L34_TheBackstopFreesFlowsWithNoFinishAfterAllThreadStorageIsGone) {
  only(&EndShares::recycler);
  options.traffic.ends.backstop = 1;
  ASSERT_TRUE(run());
  EXPECT_GT(summary().flows.ended_by_backstop, 0u);
  EXPECT_EQ(summary().flows.finished_at_shutdown, 0u);
  EXPECT_THAT(events(), HappensBefore(event(EventKind::thread_value_freed),
                                      event(EventKind::flow_value_freed).on("main")));
  EXPECT_THAT(events(), InOrder({entry("FlowShutdown"), event(EventKind::flow_cleared).on("main"),
                                 exit_of("FlowShutdown")}));
}

std::atomic<int> null_tv, unlocked;

TEST_F(Flows, L35_TvIsNeverNullAndTheFlowIsLockedInEveryCallback) {
  null_tv = unlocked = 0;
  static const auto look = [](const ThreadVars* tv, Flow* f) {
    if (tv == nullptr) ++null_tv;
    if (pthread_mutex_trylock(&f->m) == 0) {
      ++unlocked;
      pthread_mutex_unlock(&f->m);
    }
  };
  load("looker", [] {
    SCFlowRegisterInitCallback([](ThreadVars* tv, Flow* f, const Packet*, void*) { look(tv, f); },
                               nullptr);
    SCFlowRegisterUpdateCallback([](ThreadVars* tv, Flow* f, Packet*, void*) { look(tv, f); },
                                 nullptr);
    SCFlowRegisterFinishCallback([](ThreadVars* tv, Flow* f, void*) { look(tv, f); }, nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_EQ(null_tv, 0);
  EXPECT_EQ(unlocked, 0);
  EXPECT_GT(summary().flow_finish_callbacks, 0u);
  std::map<EventKind, int> said;
  for (const Event& e : events()) {
    if (!e.has_flow) continue;
    ++said[e.kind];
    EXPECT_TRUE(e.flow.locked) << name_of(e) << " of flow " << e.flow.flow;
    EXPECT_THAT(to_json_line(e), HasSubstr("\"flow_locked\":1"));
  }
  for (const EventKind kind : {EventKind::flow_init, EventKind::flow_update, EventKind::flow_finish,
                               EventKind::flow_cleared})
    EXPECT_GT(said[kind], 0);
}

TEST_F(Flows, L35_UnderMemoryPressureAPacketMayGetNoFlowHenceNoCallback) {
  options.traffic.no_flow = 0.07;
  static std::atomic<std::uint64_t> updates;
  updates = 0;
  load("counter", [] {
    SCFlowRegisterUpdateCallback([](ThreadVars*, Flow*, Packet*, void*) { ++updates; }, nullptr);
  });
  ASSERT_TRUE(run());
  const Summary s = summary();
  EXPECT_GT(s.packets_no_flow, 0u);
  EXPECT_EQ(updates, s.packets - s.packets_no_flow);
}

TEST_F(Flows, L36_OnlyWorkersAndRecyclersRunFlowCallbacks) {
  options.mode = Mode::autofp;
  options.flow_managers = 2;
  options.flow_recyclers = 2;
  ASSERT_TRUE(run());
  for (const ThreadSummary& thread : summary().threads) {
    const std::string kind = thread.name.substr(0, 2);
    if (kind == "W#") continue;
    EXPECT_EQ(thread.flow_init + thread.flow_update, 0u) << thread.name;
    if (kind != "FR") {
      EXPECT_EQ(thread.flow_finish, 0u) << thread.name;
    }
  }
  EXPECT_THAT(events(), HappenedOn(event(EventKind::flow_update), StartsWith("W#")));
}

TEST_F(Flows, L37_APacketsProtocolMayDifferFromItsFlows) {
  options.traffic.icmp_errors = 1;
  options.traffic.udp = 1;
  options.traffic.icmp = 0;
  options.traffic.ipv6 = 0;
  only(&EndShares::recycler);
  static std::atomic<int> different;
  different = 0;
  load("looker", [] {
    SCFlowRegisterUpdateCallback(
        [](ThreadVars*, Flow* f, Packet* p, void*) {
          if (p->proto != f->proto && p->proto == IPPROTO_ICMP && f->proto == IPPROTO_UDP)
            ++different;
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_GT(different, 100);
}

TEST_F(Flows, TheSameSeedGivesTheSameFlowsWhateverTheNumberOfThreads) {
  const auto tuples = [this](std::uint32_t threads, Mode mode) {
    Options these = options;
    these.threads = threads;
    these.mode = mode;
    auto runtime = Runtime::create(these);
    std::set<std::string> result;
    EXPECT_TRUE(runtime->run());
    for (const Event& e : runtime->events()) {
      if (e.kind == EventKind::flow_init) {
        result.insert(std::to_string(e.flow.flow) + " " + std::to_string(e.flow.proto) + " " +
                      std::to_string(e.flow.sp) + " " + std::to_string(e.flow.dp));
      }
    }
    return result;
  };
  const auto four = tuples(4, Mode::workers);
  EXPECT_EQ(four.size(), options.traffic.flows);
  EXPECT_EQ(four, tuples(1, Mode::single));
  EXPECT_EQ(four, tuples(3, Mode::autofp));
  options.traffic.seed = 2;
  EXPECT_NE(four, tuples(4, Mode::workers));
}

TEST_F(Flows, AddressesPortsAndLengthsVaryWidely) {
  options.traffic.flows = 1000;
  static std::set<std::string> addresses;
  static std::set<int> source_ports, destination_ports;
  static std::set<int> protocols;
  addresses.clear();
  source_ports.clear();
  destination_ports.clear();
  protocols.clear();
  load("looker", [] {
    SCFlowRegisterInitCallback(
        [](ThreadVars*, Flow* f, const Packet* p, void*) {
          const std::size_t length = SCFlowIsIPv6(f) ? 16 : 4;
          EXPECT_NE(SCFlowIsIPv4(f), SCFlowIsIPv6(f));
          const auto* src = reinterpret_cast<const char*>(SCFlowGetSourceAddressAsRawPtr(f));
          addresses.emplace(src, length);
          source_ports.insert(SCFlowGetSourcePort(f));
          destination_ports.insert(SCFlowGetDestinationPort(f));
          protocols.insert(SCFlowGetIPProtocol(f));
          EXPECT_EQ(p->proto, SCFlowGetIPProtocol(f));
          EXPECT_EQ(p->sp, SCFlowGetSourcePort(f));
        },
        nullptr);
  });
  options.mode = Mode::single;
  ASSERT_TRUE(run());
  EXPECT_GT(addresses.size(), 850u);
  EXPECT_GT(source_ports.size(), 700u);
  EXPECT_GT(destination_ports.size(), 100u);
  EXPECT_THAT(protocols, ElementsAre(IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMPV6));
}

// Even errors, which have a share of 1 in 400 flows.
TEST_F(Flows, TrafficHasAtLeastOneOfEverythingWithAShareWhateverTheSeed) {
  options.traffic.flows = 96;
  options.eve.file = "/dev/null";  // without EVE there are no alerts
  options.mode = Mode::single;
  static std::atomic<std::uint64_t> alerts;
  for (options.traffic.seed = 1; options.traffic.seed <= 60; ++options.traffic.seed) {
    SCOPED_TRACE(options.traffic.seed);
    TearDown();
    load("alerts", [] {
      SCEveRegisterCallback([](ThreadVars*, const Packet* p, Flow*, SCJsonBuilder*,
                               void*) { alerts += p != nullptr; },
                            nullptr);
    });
    alerts = 0;
    ASSERT_TRUE(run());
    int errors = 0;
    for (const Event& e : events()) {
      errors += e.kind == EventKind::flow_update && e.flow.proto == IPPROTO_UDP &&
                e.flow.packet_proto == IPPROTO_ICMP;
    }
    const Summary s = summary();
    EXPECT_GT(errors, 0);
    EXPECT_GT(alerts, 0u);
    EXPECT_GT(s.packets_no_flow, 0u);
    for (const std::uint64_t flows :
         {s.flows.tcp, s.flows.udp, s.flows.icmp, s.flows.ipv4, s.flows.ipv6,
          s.flows.finished_by_recycler, s.flows.ended_in_bucket, s.flows.ended_by_reuse,
          s.flows.ended_handed_back, s.flows.ended_by_backstop})
      EXPECT_GT(flows, 0u);
  }
}

// nDPI's plugin, for one, reads the bytes behind `l3`.
TEST_F(Flows, PacketsHaveHeadersThatAgreeWithTheirFields) {
  static std::atomic<std::uint64_t> wrong{0}, ipv4{0}, ipv6{0};
  wrong = ipv4 = ipv6 = 0;
  load("reader", [] {
    SCFlowRegisterUpdateCallback(
        [](ThreadVars*, Flow*, Packet* p, void*) {
          const auto* const ip = reinterpret_cast<const std::uint8_t*>(p->l3.hdrs.ip4h);
          const bool is_ipv6 = PacketIsIPv6(p);
          ++(is_ipv6 ? ipv6 : ipv4);
          const std::size_t header = is_ipv6 ? 40 : 20;
          const std::uint8_t* const transport = ip + header;
          const bool right =
              PacketIsIPv4(p) != is_ipv6 && ip[0] >> 4 == (is_ipv6 ? 6 : 4) &&
              ip[is_ipv6 ? 6 : 9] == p->proto &&
              std::memcmp(ip + (is_ipv6 ? 8 : 12), p->src.addr_data8, is_ipv6 ? 16 : 4) == 0 &&
              std::memcmp(ip + (is_ipv6 ? 24 : 16), p->dst.addr_data8, is_ipv6 ? 16 : 4) == 0;
          const auto word = [transport](int at) { return transport[at] << 8 | transport[at + 1]; };
          const bool has_ports = p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP;
          const bool ports = !has_ports || (word(0) == p->sp && word(2) == p->dp);
          if (!right || !ports) ++wrong;
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(ipv4, 0u);
  EXPECT_GT(ipv6, 0u);
}

}  // namespace
