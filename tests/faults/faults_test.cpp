// Goal: an injected fault hits the call that it names, once, with the same effect as in Suricata
// without memory. Method: in-process plugins that record the results of calls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <suricata/flow-callbacks.h>
#include <suricata/flow-storage.h>
#include <suricata/output-eve.h>
#include <suricata/rust-bindings.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>
#include <suricata/util-mem.h>

#include <cstdlib>

#include "fault_test.hpp"
#include "surisim/faults.hpp"
#include "surisim/fixtures/matchers.hpp"

namespace {

using namespace surisim::fixtures;
using namespace surisim::test;
using surisim::EventKind;
using surisim::Fault;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using Kind = Fault::Kind;

TEST_F(FaultTest, AFaultThatIsNotReachedIsReportedSo) {
  fail("set:1000000");
  load("plugin", [] {});
  ASSERT_TRUE(run());
  ASSERT_THAT(faults(), SizeIs(1));
  EXPECT_EQ(faults()[0].fault, "set:1000000");
  EXPECT_FALSE(faults()[0].hit);
}

TEST_F(FaultTest, L16_RegisterRefusesTheNamedSlot) {
  fail("register:mine");
  load("plugin", [] {
    EXPECT_EQ(SCThreadStorageRegister("other", std::free).id, 0);
    EXPECT_EQ(SCThreadStorageRegister("mine", std::free).id, -1);
    EXPECT_GE(SCFlowStorageRegister("third", std::free).id, 1);  // L19
  });
  ASSERT_TRUE(run());
  EXPECT_EQ(faults()[0].what, "mine");
  EXPECT_EQ(faults()[0].callback, "Init");
}

TEST_F(FaultTest, L16_RegisterRefusesTheRegistrationWithThatNumber) {
  fail("register:2");
  load("plugin", [] {
    EXPECT_EQ(SCThreadStorageRegister("first", std::free).id, 0);
    EXPECT_EQ(SCFlowStorageRegister("second", std::free).id, -1);
    EXPECT_EQ(SCThreadStorageRegister("third", std::free).id, 1);
  });
  ASSERT_TRUE(run());
  EXPECT_EQ(faults()[0].what, "second");
}

// The refusal is not a violation; using id -1 is.
TEST_F(FaultTest, L18_IgnoringARefusedRegistrationIsAViolation) {
  fail("register:slot");
  load("plugin", [] {
    noted.slot = SCThreadStorageRegister("slot", std::free);
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) { (void)SCThreadGetStorageById(tv, noted.slot); }, nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(violations("register-result-ignored"), Not(IsEmpty()));
  EXPECT_THAT(violations("register-duplicate-name"), IsEmpty());
}

void set_and_look() {
  noted.slot = SCThreadStorageRegister("slot", std::free);
  SCThreadRegisterInitCallback(
      [](ThreadVars* tv, void*) {
        void* const value = std::malloc(24);
        if (SCThreadSetStorageById(tv, noted.slot, value) == 0) {
          EXPECT_EQ(SCThreadGetStorageById(tv, noted.slot), value);
          return;
        }
        ++noted.refused;
        EXPECT_EQ(SCThreadGetStorageById(tv, noted.slot), nullptr);
        std::free(value);
      },
      nullptr);
}

TEST_F(FaultTest, L20_SetReturnsMinusOneAndStoresNothing) {
  load("plugin", [] {
    noted = {};
    set_and_look();
  });
  std::uint64_t threads = 0;
  const std::uint64_t failures = sweep_faults(Kind::value_set, [&](const Fault&) {
    threads = threads_of(summary());
    EXPECT_EQ(noted.refused, 1);
    EXPECT_TRUE(clean());
  });
  EXPECT_GT(failures, 0u);
  EXPECT_EQ(failures, threads);
}

TEST_F(FaultTest, L20_AValueThatWasNotStoredMustBeFreedByThePlugin) {
  if (!surisim::can_fail_allocations()) return;  // LeakSanitizer would report the leak
  fail("set:3");
  load(SURISIM_TEST_PLUGIN_DIR "/unchecked.so");
  ASSERT_TRUE(run());
  ASSERT_THAT(violations("value-leaked"), SizeIs(1));
  EXPECT_THAT(violations()[0].message, HasSubstr("its set returned -1"));
  EXPECT_EQ(violations()[0].slot, "unchecked");
}

TEST_F(FaultTest, HostAllocRefusesASlot) {  // L16
  fail("host-alloc:1");
  load("plugin", [] { noted.slot = SCThreadStorageRegister("slot", std::free); });
  ASSERT_TRUE(run());
  EXPECT_EQ(noted.slot.id, -1);
  EXPECT_EQ(faults()[0].what, "a slot");
}

TEST_F(FaultTest, HostAllocRefusesACallback) {  // L8
  fail("host-alloc:1");
  load("plugin", [] {
    noted.registered =
        SCThreadRegisterInitCallback([](ThreadVars*, void*) { once_more(); }, nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_FALSE(noted.registered);
  EXPECT_EQ(noted.asked, 0);
  EXPECT_EQ(faults()[0].what, "a callback");
}

TEST_F(FaultTest, HostAllocOfAThreadStopsTheEngine) {  // L14
  fail("host-alloc:2");
  load("plugin", [] {});
  const auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.message(), HasSubstr("out of memory for thread FM#01 (injected fault)"));
  EXPECT_EQ(faults()[0].what, "a ThreadVars");
  EXPECT_TRUE(clean(surisim::Severity::note));
}

TEST_F(FaultTest, HostAllocOfAFlowLeavesAPacketWithoutAFlow) {  // L35
  load("plugin", [] {
    SCFlowRegisterInitCallback(
        [](ThreadVars*, Flow* f, const Packet*, void*) {
          once_more();
          EXPECT_NE(f, nullptr);
        },
        nullptr);
  });
  options.traffic.no_flow = 0;
  options.record = surisim::Options::Record::all;
  int flows_hit = 0;
  sweep_faults(Kind::host_alloc, [&](const Fault&) {
    if (faults().back().what != "a Flow") return;
    ++flows_hit;
    EXPECT_EQ(summary().packets_no_flow, 1u);
    EXPECT_EQ(summary().stopped_by, "");
  });
  EXPECT_GT(flows_hit, 0);
}

// If memory runs out while Suricata starts, it exits; a plugin cannot handle that.
TEST_F(FaultTest, HostAllocOfSCMallocFailsOnceTheEngineRuns) {
  load("plugin", [] {
    noted = {};
    take_back(SCMallocFunc(8));
    SCFlowRegisterUpdateCallback(
        [](ThreadVars*, Flow*, Packet*, void*) {
          take_back(SCMallocFunc(8));
          take_back(SCCallocFunc(1, 8));
        },
        nullptr);
  });
  std::uint64_t mallocs = 0;
  sweep_faults(Kind::host_alloc, [&](const Fault&) {
    if (!faults().back().what.starts_with("SC")) return;
    ++mallocs;
    EXPECT_EQ(noted.refused, 1);
    EXPECT_EQ(faults().back().callback, "flow update");
    EXPECT_TRUE(clean(surisim::Severity::note));
  });
  EXPECT_GT(mallocs, 0u);
}

TEST_F(FaultTest, HostAllocOfAJsonBuilderMakesItsCallsFail) {
  fail("host-alloc:1");
  load("plugin", [] {
    for (int i = 0; i < 2; ++i) {
      SCJsonBuilder* const builder = SCJbNewObject();
      noted.refused += builder == nullptr ? 1 : 0;
      SCJbFree(builder);
    }
  });
  ASSERT_TRUE(run());
  EXPECT_EQ(noted.refused, 1);
}

TEST_F(FaultTest, SpawnRefusesAThreadAfterItsInitCallback) {  // L5, L7
  fail("spawn:FM#01");
  load("plugin", set_and_look);
  const auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.message(), HasSubstr("the system refused thread FM#01 (injected fault)"));
  EXPECT_THAT(events(), Has(event(EventKind::thread_init_callback).about("FM#01")));
  EXPECT_THAT(events(), HasNo(event(EventKind::thread_init_callback).about("FR#01")));
  EXPECT_THAT(events(), HasNo(event(EventKind::os_thread_start).about("FM#01")));
  EXPECT_TRUE(faults()[0].hit);
  EXPECT_TRUE(clean(surisim::Severity::note));
}

TEST_F(FaultTest, SpawnCountsThreadsToo) {
  load("plugin", set_and_look);
  options.stats = false;
  EXPECT_EQ(sweep_faults(Kind::thread_spawn), 4u);  // W#01-eth0, FM#01, FR#01, HB
}

}  // namespace
