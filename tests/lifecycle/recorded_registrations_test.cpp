// Goal: what Suricata 8.0 registers, refuses and numbers, and what its loader ignores, has the
// order and the ids of the real engine (E2, E3, E5, E9, E12, E14, E16). Method: texts made from
// recordings of the real engine, and plugins that make the same calls. Sizes and the results of
// AllocStorageById are not in the texts.
#include <gmock/gmock.h>
#include <suricata/output.h>

#include <cstdlib>
#include <string>

#include "order.hpp"
#include "surisim/fixtures/lifecycle_test.hpp"
#include "surisim/host_functions.hpp"

namespace recorded_registrations {
namespace {

using surisim::Mode;
using surisim::Suricata;
using surisim::test::follows;
using surisim::test::Recording;

Recording recorded(const std::string& scenario) {
  auto recording = Recording::load(std::string(SURISIM_TEST_SOURCE_DIR) +
                                   "/tests/lifecycle/orders/8.0/" + scenario + ".order");
  if (!recording) throw std::runtime_error(recording.error());
  return *recording;
}

void* alloc(unsigned size) { return std::calloc(1, size > 64 ? 64 : size); }

int thread_slot(const char* name, unsigned size = 8, void* (*make)(unsigned) = nullptr,
                void (*free)(void*) = std::free) {
  return ThreadStorageRegister(name, size, make, free).id;
}
int flow_slot(const char* name, unsigned size = 8, void* (*make)(unsigned) = nullptr) {
  return FlowStorageRegister(name, size, make, std::free).id;
}
void register_probes() {
  thread_slot("probe_a");
  thread_slot("probe_b");
  flow_slot("probe_flow");
}

class RecordedRegistrations80 : public surisim::fixtures::LifecycleTest {
 protected:
  RecordedRegistrations80() {
    options.suricata = Suricata::v8_0;
    options.mode = Mode::single;
    options.stats = false;
    options.traffic.flows = 10;
  }
};

TEST_F(RecordedRegistrations80, E9_TheSameAreRefused) {
  load("probe", [] {
    register_probes();
    thread_slot(nullptr);
    thread_slot("");
    thread_slot("r1", 8, nullptr, nullptr);
    thread_slot("r2", 0);
    thread_slot("r3", 0, alloc);
    thread_slot("r4", 4);
    thread_slot("r5", 24);
    thread_slot("r6", 24, alloc);
    thread_slot("r7", 8, alloc);
    thread_slot("r8", 4, alloc);
    thread_slot("r9", 4294967295U, alloc);
    thread_slot("probe_a");
    flow_slot("probe_a");
    flow_slot("f1", 16);
    flow_slot("f2", 16, alloc);
  });
  ASSERT_TRUE(finalize());
  EXPECT_TRUE(follows(events(), recorded("reg")));
}

TEST_F(RecordedRegistrations80, E9_ANameThatIsTakenUsesUpNoId) {
  load("probe", [] {
    register_probes();
    thread_slot("probe_a");
  });
  ASSERT_TRUE(finalize());
  EXPECT_TRUE(follows(events(), recorded("dup")));
}

TEST_F(RecordedRegistrations80, E16_SlotsWithAnAllocAreNumberedLikeOthers) {
  load("probe", [] {
    register_probes();
    thread_slot("probe_alloc", 24, alloc);
    thread_slot("probe_allocnull", 16, [](unsigned) -> void* { return nullptr; });
  });
  ASSERT_TRUE(finalize());
  EXPECT_TRUE(follows(events(), recorded("alloc")));
}

TEST_F(RecordedRegistrations80, E14_OnLoggingReadyIsTooLate) {
  load("probe", [] {
    register_probes();
    SCRegisterOnLoggingReady(
        [](void*) {
          thread_slot("late_slot");
          flow_slot("late_flow");
        },
        nullptr);
  });
  ASSERT_TRUE(advance_to(surisim::Phase::logging_ready));
  EXPECT_TRUE(follows(events(), recorded("late")));
}

#ifndef __SANITIZE_ADDRESS__  // its second callback overwrites the first one's values: a leak
TEST_F(RecordedRegistrations80, E5_TheSameFileTwiceRunsInitTwice) {
  load(SURISIM_TEST_PLUGIN_DIR "/probe_8_0.so");
  load(SURISIM_TEST_PLUGIN_DIR "/probe_8_0.so");
  (void)finalize();
  EXPECT_TRUE(follows(events(), recorded("pl-twice")));
}
#endif

TEST_F(RecordedRegistrations80, E3_AFileThatDoesNotExistIsSkipped) {
  load(SURISIM_TEST_PLUGIN_DIR "/no_such_plugin.so");
  load(SURISIM_TEST_PLUGIN_DIR "/probe_8_0.so");
  (void)finalize();  // which says so
  EXPECT_TRUE(follows(events(), recorded("pl-missing")));
}

// A file without an entry point, one for another version, one with an undefined symbol. Here a run
// needs a plugin, which registers nothing.
TEST_F(RecordedRegistrations80, E2_E3_APluginThatIsRefusedRegistersNothing) {
  for (const auto& [plugin, scenario] : {std::pair{"load-no-entry-point-bad", "pl-noreg"},
                                         {"load-version-mismatch-bad", "pl-badver"},
                                         {"load-failed-bad", "pl-undef"}}) {
    SCOPED_TRACE(scenario);
    load(std::string(SURISIM_TEST_PLUGIN_DIR) + "/rules/" + plugin + ".so");
    load("nothing", [] {});
    (void)finalize();  // which says so
    EXPECT_TRUE(follows(events(), recorded(scenario)));
    LifecycleTest::TearDown();
  }
}

TEST_F(RecordedRegistrations80, E2_TheTextsOfVersionsMayBeNull) {
  load("probe", register_probes);
  ASSERT_TRUE(finalize());
  EXPECT_TRUE(follows(events(), recorded("pl-nullpv")));
}

}  // namespace
}  // namespace recorded_registrations
