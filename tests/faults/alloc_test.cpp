// Goal: alloc:K fails only the plugin's K-th allocation. Method: in-process plugins; the command on
// .so files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <suricata/flow-callbacks.h>
#include <suricata/thread-callbacks.h>

#include <cstdlib>
#include <new>

#include "fault_test.hpp"
#include "sweep.hpp"

namespace surisim::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

void malloc_on_each_thread() {
  SCThreadRegisterInitCallback([](ThreadVars*, void*) { take_back(std::malloc(24)); }, nullptr);
}

TEST_F(FaultTest, AllocFailsOnlyTheAllocationWithThatNumber) {
  fail("alloc:2");
  load("plugin", malloc_on_each_thread);
  ASSERT_TRUE(run());
  EXPECT_EQ(noted.asked, static_cast<int>(threads_of(summary())));
  EXPECT_EQ(noted.refused, 1);
  ASSERT_THAT(faults(), SizeIs(1));
  EXPECT_TRUE(faults()[0].hit);
  EXPECT_EQ(faults()[0].thread, "main");  // L5
  EXPECT_EQ(faults()[0].callback, "thread init");
  EXPECT_THAT(faults()[0].call_site, HasSubstr("faults_sweep_test!"));
}

TEST_F(FaultTest, AllocMakesOperatorNewThrow) {
  fail("alloc:1");
  load("plugin", [] {
    SCThreadRegisterInitCallback(
        [](ThreadVars*, void*) {
          try {
            ::operator delete(::operator new(24));
          } catch (const std::bad_alloc&) {
            ++noted.bad_allocs;
          }
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_EQ(noted.bad_allocs, 1);
  EXPECT_THAT(faults()[0].call_site, HasSubstr("faults_sweep_test!"));
}

// The simulator's allocations are not counted, even in calls of the plugin.
TEST_F(FaultTest, AllocCountsOnlyThePluginsAllocations) {
  load("plugin", [] {
    noted = {};
    noted.slot = SCThreadStorageRegister("slot", std::free);
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) {
          void* const value = std::malloc(24);
          once_more();
          if (value != nullptr) SCThreadSetStorageById(tv, noted.slot, value);
        },
        nullptr);
    SCFlowRegisterInitCallback([](ThreadVars* tv, Flow*, const Packet*,
                                  void*) { (void)SCThreadGetStorageById(tv, noted.slot); },
                               nullptr);
  });
  int asked = 0;
  const std::uint64_t failures = sweep_faults(Fault::Kind::plugin_alloc, [&](const Fault&) {
    asked = noted.asked;
    EXPECT_TRUE(clean(surisim::Severity::error));
  });
  EXPECT_EQ(failures, static_cast<std::uint64_t>(asked));
  EXPECT_GT(asked, 0);
}

TEST_F(FaultTest, AllocWorksWithoutChecksToo) {
  options.checks = false;
  fail("alloc:1");
  load("plugin", malloc_on_each_thread);
  ASSERT_TRUE(run());
  EXPECT_EQ(noted.refused, 1);
}

TEST(Sweep, FindsACrashThatAnOrdinaryRunDoesNot) {
  const Ran ran = sweep("unchecked", "alloc");
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_THAT(ran.out, AllOf(StartsWith("alloc:1  main, thread init, unchecked.so!OnThreadInit+"),
                             HasSubstr("error  callback-crash"), HasSubstr("--fail alloc:1 ")));
  EXPECT_THAT(last_line(ran.out), AllOf(StartsWith("verdict: fail  "), HasSubstr(" not handled")));
}

}  // namespace
}  // namespace surisim::test
