// Memory, addresses as text, the engine's stage, and calls that would end it. Method: calls from a
// plugin's Init and callbacks, in process.
#include <gmock/gmock.h>
#include <suricata/flow-callbacks.h>
#include <suricata/suricata.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>
#include <suricata/util-debug.h>
#include <suricata/util-mem.h>
#include <suricata/util-print.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "abi/process_state.hpp"
#include "surisim/fixtures/lifecycle_test.hpp"

namespace {

using namespace surisim;
using testing::HasSubstr;
using testing::IsEmpty;

class Host : public fixtures::LifecycleTest {};

TEST_F(Host, MemoryComesFromMalloc) {
  auto* const text = static_cast<char*>(SCMalloc(4));
  ASSERT_NE(text, nullptr);
  std::copy_n("abc", 4, text);
  char* const longer = static_cast<char*>(SCRealloc(text, 4096));
  EXPECT_STREQ(longer, "abc");
  char* const copy = SCStrdup(longer);
  char* const some = SCStrndup("abcdef", 2);
  auto* const zeros = static_cast<int*>(SCCalloc(8, sizeof(int)));
  void* const aligned = SCMallocAligned(100, 256);
  EXPECT_STREQ(copy, "abc");
  EXPECT_STREQ(some, "ab");
  EXPECT_EQ(zeros[7], 0);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(aligned) % 256, 0U);
  SCFreeAligned(aligned);
  for (void* block : {static_cast<void*>(longer), static_cast<void*>(copy),
                      static_cast<void*>(some), static_cast<void*>(zeros)})
    std::free(block);
}

// Sanitizers end the process if so much memory is requested.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr std::size_t kTooMuch = static_cast<std::size_t>(PTRDIFF_MAX) - 4096;

TEST_F(Host, RunningOutOfMemoryWhileItStartsEndsSuricata) {
  void* volatile memory = this;
  load("greedy", [&memory] { memory = SCMalloc(kTooMuch); });
  ASSERT_TRUE(run());
  EXPECT_EQ(memory, nullptr);
  ASSERT_EQ(violations("process-exit").size(), 1U);
  EXPECT_EQ(violations("process-exit")[0].function, "SCMallocFunc");
  EXPECT_EQ(violations("process-exit")[0].severity, Severity::error);
}

TEST_F(Host, RunningOutOfMemoryLaterReturnsNull) {
  load("greedy", [] {
    SCFlowRegisterInitCallback(
        [](ThreadVars*, Flow*, const Packet*, void*) {
          void* volatile memory = SCCalloc(kTooMuch / 2, 2);
          EXPECT_EQ(memory, nullptr);
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(violations("process-exit"), IsEmpty());
}
#endif

using Address = std::array<std::uint8_t, 16>;
constexpr Address kAddress = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xa, 0, 1};

TEST(PrintInet, WritesIPv4WithDots) {
  const std::uint8_t address[] = {192, 0, 2, 1};
  char text[16] = "";
  EXPECT_EQ(PrintInet(AF_INET, address, text, sizeof text), text);
  EXPECT_STREQ(text, "192.0.2.1");
}

TEST(PrintInet, WritesIPv6InFullAndNeverShortens) {
  char text[46] = "";
  EXPECT_EQ(PrintInet(AF_INET6, kAddress.data(), text, sizeof text), text);
  EXPECT_STREQ(text, "2001:0db8:0000:0000:0000:0000:000a:0001");
}

TEST(PrintInet, NeedsFortyBytesForIPv6AndFillsTheRestWithZeros) {
  std::string text(64, 'x');
  EXPECT_EQ(PrintInet(AF_INET6, kAddress.data(), text.data(), 39), nullptr);
  EXPECT_EQ(text, std::string(64, 'x'));
  EXPECT_NE(PrintInet(AF_INET6, kAddress.data(), text.data(), 50), nullptr);
  EXPECT_EQ(text.substr(39), std::string(11, '\0') + std::string(14, 'x'));
}

TEST(PrintInet, ReturnsNullForTooSmallBuffersAndOtherFamilies) {
  char text[46] = "before";
  EXPECT_EQ(PrintInet(AF_INET, kAddress.data(), text, 4), nullptr);
  EXPECT_EQ(PrintInet(AF_UNIX, kAddress.data(), text, sizeof text), nullptr);
  EXPECT_STREQ(text, "before");
}

TEST_F(Host, AFatalErrorOnInitWarnsAndTheRunContinues) {
  load("fatal", [] { SCFatalErrorOnInitStatic("no licence"); });
  ASSERT_TRUE(run());
  ASSERT_EQ(violations("process-exit").size(), 1U);
  EXPECT_EQ(violations("process-exit")[0].severity, Severity::warning);
  EXPECT_THAT(violations("process-exit")[0].message, HasSubstr("no licence"));
  EXPECT_EQ(summary().flows.started, options.traffic.flows);
}

TEST_F(Host, AFatalErrorOnInitEndsSuricataWhenTheConfigurationSaysSo) {
  options.config_settings = {"engine.init-failure-fatal=yes"};
  load("fatal", [] { SCFatalErrorOnInitStatic("no licence"); });
  ASSERT_TRUE(run());
  ASSERT_EQ(violations("process-exit").size(), 1U);
  EXPECT_EQ(violations("process-exit")[0].severity, Severity::error);
  EXPECT_EQ(summary().flows.started, options.traffic.flows) << "but here the run continues";
}

TEST_F(Host, AFatalErrorOnInitIsAWarningInTheLogOnceItRuns) {
  options.config_settings = {"engine.init-failure-fatal=yes"};
  load("late", [] {
    SCFlowRegisterInitCallback(
        [](ThreadVars*, Flow*, const Packet*, void*) { SCFatalErrorOnInitStatic("too late"); },
        nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(violations("process-exit"), IsEmpty());
}

TEST_F(Host, ControlFlagsSayStopOnceTheInputEnds) {
  static std::atomic<int> seen;
  seen = -1;
  load("looks", [] {
    seen = suricata_ctl_flags;
    SCFlowRegisterUpdateCallback(
        [](ThreadVars*, Flow*, Packet*, void*) { seen |= suricata_ctl_flags; }, nullptr);
  });
  ASSERT_TRUE(drive());
  EXPECT_EQ(seen & ~SURICATA_STOP, 0);
  EXPECT_NE(suricata_ctl_flags & SURICATA_STOP, 0);
  ASSERT_TRUE(stop());
}

// SuricataPostInit and SuricataShutdown.
TEST_F(Host, TheStageIsInitUntilThreadsAreReleasedAndDeinitFromTheShutdownOn) {
  static SCThreadStorageId slot;
  static int value;
  static std::atomic<unsigned> in_init, at_thread, in_traffic, in_free;
  in_init = at_thread = in_traffic = in_free = 99;
  load("looks", [] {
    in_init = engine_stage_sc_atomic__.load();
    slot =
        SCThreadStorageRegister("looks", [](void*) { in_free = engine_stage_sc_atomic__.load(); });
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) {
          at_thread = engine_stage_sc_atomic__.load();
          SCThreadSetStorageById(tv, slot, &value);
        },
        nullptr);
    SCFlowRegisterInitCallback([](ThreadVars*, Flow*, const Packet*,
                                  void*) { in_traffic = engine_stage_sc_atomic__.load(); },
                               nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_EQ(in_init, SURICATA_INIT);
  EXPECT_EQ(at_thread, SURICATA_INIT);
  EXPECT_EQ(in_traffic, SURICATA_RUNTIME);
  EXPECT_EQ(in_free, SURICATA_DEINIT);
}

// Every output has a level, and drops messages above it; NOTSET is not above any level.
TEST_F(Host, AMessageAboveTheLevelIsDroppedAlsoByTheFunctionThatDoesNotFormat) {
  options.log_level = SC_LOG_NOTICE;
  load("talks", [] {
    const auto say = [](SCLogLevel level, const char* text) {
      EXPECT_EQ(SCLogMessage(level, __FILE__, __LINE__, __func__, "talks", text), 0);
    };
    say(SC_LOG_INFO, "info");
    say(SC_LOG_NOTICE, "notice");
    say(SC_LOG_NOTSET, "notset");
    SCLogInfo("formatted info");
  });
  ASSERT_TRUE(run());
  std::vector<std::string> heard;
  for (const Event& event : events())
    if (event.kind == EventKind::log) heard.emplace_back(event.what);
  EXPECT_THAT(heard, testing::ElementsAre("notice", "notset"));
}

TEST_F(Host, AMessageIsTruncatedAtSuricatasLength) {
  load("talks", [] { SCLogNotice("%s", std::string(20000, 'x').c_str()); });
  ASSERT_TRUE(run());
  std::size_t length = 0;
  for (const Event& event : events())
    if (event.kind == EventKind::log) length = event.what.size();
  EXPECT_EQ(length, 8192U + 4096 + 512 - 1);
}

}  // namespace
