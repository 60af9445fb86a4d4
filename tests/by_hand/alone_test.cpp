// One callback alone: it gets the ThreadVars, Flow and Packet that the test created, on the test's
// thread in the role of an engine thread. Checks apply as on that thread, values are freed through
// Free, and no thread is started. L5, L25, L30, L34.
#include <gtest/gtest-spi.h>
#include <suricata/flow-callbacks.h>
#include <suricata/flow-storage.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>

#include <filesystem>
#include <iterator>
#include <optional>
#include <stdexcept>

#include "counting_plugin.hpp"

namespace surisim::test {
namespace {

using namespace fixtures;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class CallbackAlone : public ByHandTest {
 protected:
  OneFlow udp() { return alone().udp("10.0.0.1:1025", "10.0.0.2:53"); }
  OneThread worker_alone() { return alone().thread("W#01"); }

  // "thread_value_freed on main"
  std::vector<std::string> frees() const {
    std::vector<std::string> found;
    for (const Event& event : events()) {
      if (event.kind == EventKind::thread_value_freed || event.kind == EventKind::flow_value_freed)
        found.push_back(std::string(event.what) + " on " + std::string(event.os));
    }
    return found;
  }
};

TEST_F(CallbackAlone, ThreadInitGetsItsThreadVars) {
  auto one = worker_alone();
  auto other = alone().thread("FR#01");
  EXPECT_EQ(one.value(of_thread), nullptr);
  one.init();
  EXPECT_NE(one.value(of_thread), nullptr);
  EXPECT_EQ(other.value(of_thread), nullptr);
  EXPECT_STREQ(one->name, "W#01");
  EXPECT_EQ(one->type, TVT_PPT);
  EXPECT_EQ(other->type, TVT_MGMT);
  EXPECT_EQ(callbacks().size(), 1u);
  EXPECT_EQ(to_string(callbacks()[0]), "thread init on main with tv W#01");  // L5
}

TEST_F(CallbackAlone, FlowCallbacksRunInTheRoleOfTheGivenThread) {
  auto thread = worker_alone().init();
  auto flow = udp();
  const auto packet = flow.to_server("query");
  thread.flow_init(flow, packet).flow_update(flow, packet);
  thread.flow_update(flow, flow.to_client("answer"));
  alone().thread("FR#01").init().flow_finish(flow);
  EXPECT_EQ(flow.value(of_flow)->packets, 2u);
  EXPECT_EQ(thread.value(of_thread)->packets, 2u);
  EXPECT_EQ(value(fixtures::LifecycleTest::thread("FR#01"), of_thread)->finished, 1u);
  EXPECT_THAT(flow_callbacks(),
              ElementsAre("flow init for packet 1 (to the server) of flow 1 on W#01",
                          "flow update for packet 1 (to the server) of flow 1 on W#01",
                          "flow update for packet 2 (to the client) of flow 1 on W#01",
                          "flow finish of flow 1 on FR#01"));
  EXPECT_TRUE(clean());
}

TEST_F(CallbackAlone, NeedsNoOtherCallbackBeforeIt) {
  auto flow = udp();
  worker_alone().flow_update(flow, flow.to_server("x"));
  worker_alone().flow_finish(udp());
  EXPECT_EQ(flow.value(of_flow), nullptr);
  EXPECT_THAT(flow_callbacks(), SizeIs(2));
  EXPECT_EQ(flow->todstpktcnt, 1u);  // L30: counted before the callbacks
}

TEST_F(CallbackAlone, FlowAndPacketHaveTheirFields) {
  auto flow = alone().flow(
      {.proto = 6, .client = "[2001:db8::1]:1025", .server = "[2001:db8::2]:80", .vlans = {7}});
  EXPECT_EQ(flow->proto, 6);
  EXPECT_EQ(flow->sp, 1025);
  EXPECT_EQ(flow->dp, 80);
  EXPECT_EQ(flow->vlan_id[0], 7);
  EXPECT_NE(flow->flags & FLOW_IPV6, 0u);
  EXPECT_EQ(flow->todstpktcnt, 0u);
  const auto packet = flow.packet({.to_server = false, .payload = "x"});
  EXPECT_EQ(packet->sp, 80);
  EXPECT_EQ(packet->flow, flow.get());
  EXPECT_TRUE(PacketIsIPv6(packet.get()));
  worker_alone().flow_update(flow, packet);
  EXPECT_EQ(flow->tosrcpktcnt, 1u);
  EXPECT_NE(packet->flowflags & FLOW_PKT_TOCLIENT, 0);
}

TEST_F(CallbackAlone, EveCallbackAddsToTheRecordThatIsReturned) {
  std::string record;
  load("eve", [] { SCEveRegisterCallback(on_record, nullptr); });
  auto thread = worker_alone().init();
  auto flow = udp();
  const auto packet = flow.to_server("x");
  EXPECT_THAT(thread.eve_record(flow),
              AllOf(HasSubstr(R"("event_type":"flow")"), HasSubstr(R"("plugin":"was here")")));
  EXPECT_THAT(thread.eve_record(flow, packet),
              AllOf(HasSubstr(R"("event_type":"alert")"), HasSubstr(R"("plugin":"was here")")));
  EXPECT_THAT(eve_records(), IsEmpty());
}

TEST_F(CallbackAlone, ValuesAreFreedOnTheThreadThatFreesThem) {
  auto thread = worker_alone().init();
  auto flow = udp();
  thread.flow_init(flow, flow.to_server());
  alone().thread("FR#01").free(flow);
  EXPECT_EQ(OfFlow::freed, 1);
  thread.free();
  EXPECT_THAT(frees(), ElementsAre("of flow on FR#01", "of thread on main"));  // L25
}

TEST_F(CallbackAlone, RemainingValuesAreFreedAtTheEndFlowsFirst) {
  worker_alone().init();
  auto flow = udp();
  alone().thread("W#02").flow_init(flow, flow.to_server());
  ASSERT_TRUE(stop());
  EXPECT_THAT(frees(), ElementsAre("of flow on main", "of thread on main"));
  EXPECT_TRUE(clean());
}

TEST_F(CallbackAlone, StartsNoThread) {
  const auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
  };
  const auto before = threads();
  auto flow = udp();
  worker_alone().init().flow_init(flow, flow.to_server());
  EXPECT_EQ(threads(), before);
  ASSERT_TRUE(stop());
  for (const auto& thread : summary().threads) EXPECT_FALSE(thread.started) << thread.name;
}

// A plugin in C whose callbacks do what the test specifies.
class Judged : public LifecycleTest {
 protected:
  using Act = std::function<void(ThreadVars*, Flow*, Packet*)>;
  Judged() {
    load("judged", [this] {
      of_thread = SCThreadStorageRegister("of thread", free_nothing);
      of_flow = SCFlowStorageRegister("of flow", free_nothing);
      SCFlowRegisterUpdateCallback(run, this);
    });
  }
  // Runs `now` as an update callback on W#01, which has been initialised.
  void in_update(const Act& now) {
    act = now;
    OneThread thread = alone().thread("W#01").init();
    OneFlow flow = alone().udp("10.0.0.1:1025", "10.0.0.2:53");
    thread.flow_update(flow, flow.to_server("x"));
  }
  std::vector<std::string> rules() const {
    std::vector<std::string> found;
    for (const Violation& violation : violations()) found.push_back(violation.rule);
    return found;
  }
  static void free_nothing(void*) {}

  SCThreadStorageId of_thread{-1};
  SCFlowStorageId of_flow{-1};
  Act act;

 private:
  static void run(ThreadVars* tv, Flow* flow, Packet* packet, void* user) {
    static_cast<Judged*>(user)->act(tv, flow, packet);
  }
};

TEST_F(Judged, OnItsOwnThreadItMayReadItsValue) {
  in_update([&](ThreadVars* tv, Flow* flow, Packet*) {
    (void)SCThreadGetStorageById(tv, of_thread);
    (void)SCFlowGetStorageById(flow, of_flow);
  });
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(Judged, AnotherThreadsValueIsForeign) {
  auto other = alone().thread("W#02").init();
  in_update(
      [&](ThreadVars*, Flow*, Packet*) { (void)SCThreadGetStorageById(other.get(), of_thread); });
  ASSERT_THAT(violations("access-foreign-thread"), SizeIs(1));
  EXPECT_EQ(violations("access-foreign-thread")[0].thread, "W#01");
}

TEST_F(Judged, AnotherFlowsValueIsStale) {
  auto other = alone().udp("10.0.0.1:1", "10.0.0.2:53");
  in_update([&](ThreadVars*, Flow*, Packet*) { (void)SCFlowGetStorageById(other.get(), of_flow); });
  EXPECT_THAT(rules(), ElementsAre("access-after-free"));  // it has never been open
}

TEST_F(Judged, ARegistrationIsLate) {
  in_update([](ThreadVars*, Flow*, Packet*) {
    SCThreadRegisterInitCallback([](ThreadVars*, void*) {}, nullptr);
  });
  EXPECT_THAT(rules(), ElementsAre("callback-registered-late"));
}

TEST_F(Judged, AnExceptionIsCaught) {
  in_update([](ThreadVars*, Flow*, Packet*) { throw std::runtime_error("no"); });
  EXPECT_THAT(rules(), ElementsAre("callback-exception"));
}

// In whole runs only some callbacks are checked.
TEST_F(Judged, EachOverwrittenFieldIsFound) {
  for (int i = 0; i < 20; ++i) in_update([](ThreadVars*, Flow*, Packet*) {});
  in_update([](ThreadVars*, Flow* flow, Packet*) { flow->proto = 1; });
  EXPECT_THAT(rules(), ElementsAre("host-object-overwritten"));
}

#ifndef __SANITIZE_ADDRESS__  // LeakSanitizer finds it too, and fails the program
// Twenty, because a copy of the last one's address may remain on the stack.
TEST_F(Judged, ALostValueIsALeak) {
  for (int i = 0; i < 20; ++i) {
    in_update([this](ThreadVars*, Flow* flow, Packet*) {
      SCFlowSetStorageById(flow, of_flow, std::malloc(100));
    });
  }
  EXPECT_THAT(rules(), IsEmpty());
  ASSERT_TRUE(stop());
  EXPECT_THAT(rules(), ElementsAre("value-leaked"));
}
#endif

class MistakesAlone : public CallbackAlone {};

TEST_F(MistakesAlone, WithAFreedObjectAreNamed) {
  auto thread = worker_alone();
  auto flow = udp();
  const auto packet = flow.to_server();
  thread.free(flow);
  EXPECT_NONFATAL_FAILURE(thread.flow_update(flow, packet),
                          "the flow has been freed, or belongs to another test");
  thread.free();
  EXPECT_NONFATAL_FAILURE(thread.init(), "the thread has been freed, or belongs to another test");
}

TEST_F(MistakesAlone, WithAThreadThatWasNotCreatedAreNamed) {
  std::optional<fixtures::OneThread> none;
  EXPECT_NONFATAL_FAILURE(none.emplace(alone().thread("")), "expected a thread's name");
  EXPECT_NONFATAL_FAILURE(none->init(), "there is no thread: it was not made");
}

TEST_F(MistakesAlone, WithAnotherFlowsPacketAreNamed) {
  auto flow = udp();
  auto other = udp();
  EXPECT_NONFATAL_FAILURE(worker_alone().flow_update(flow, other.to_server()),
                          "the packet is not one of this flow");
}

TEST_F(MistakesAlone, InAFlowOrPacketAreNamed) {
  EXPECT_NONFATAL_FAILURE(alone().udp("10.0.0.1", "10.0.0.2:53"),
                          "expected an address with a port");
  EXPECT_NONFATAL_FAILURE(alone().thread(""), "expected a thread's name such as \"W#01\"");
  auto flow = udp();
  EXPECT_NONFATAL_FAILURE(flow.packet({.payload = "0123456789", .fragments = 2}),
                          "expected a packet, got 2 fragments");
  EXPECT_NONFATAL_FAILURE((void)flow.value<int>("of thread"),
                          "there is no flow slot \"of thread\"; there is ");
}

TEST_F(MistakesAlone, AfterTheEndAreNamed) {
  auto flow = udp();
  ASSERT_TRUE(stop());
  EXPECT_NONFATAL_FAILURE(flow.to_server(), "the run has ended");
}

TEST_F(MistakesAlone, InStartingThreadsAfterwardsAreNamed) {
  (void)alone();
  const auto started = start();
  EXPECT_FALSE(started);
  EXPECT_THAT(started.message(), HasSubstr("once callbacks have been run alone"));
  EXPECT_THROW(traffic(), std::runtime_error);
}

TEST_F(MistakesAlone, OnceThreadsRunAreNamed) {
  ASSERT_TRUE(start());
  EXPECT_THROW(alone(), std::runtime_error);
}

}  // namespace
}  // namespace surisim::test
