// The engine without the capture room: generated traffic runs, a capture file is refused. Method:
// this program links the other rooms' objects, without capture/ and decode/.
#include <gmock/gmock.h>
#include <suricata/flow-callbacks.h>

#include <string>

#include "surisim/runtime.hpp"

namespace {

using namespace surisim;
using testing::HasSubstr;

class WithoutCapture : public testing::TestWithParam<Mode> {};

TEST_P(WithoutCapture, GeneratedTrafficRunsAWholeLifecycle) {
  Options options;
  options.mode = GetParam();
  options.threads = 2;
  options.traffic.flows = 500;
  options.log_level = -1;
  expected<Runtime> runtime = Runtime::create(options);
  ASSERT_TRUE(runtime) << runtime.error().message;
  ASSERT_TRUE(runtime->add_plugin(PluginSource::in_process(
      "plugin", [] { SCFlowRegisterFinishCallback([](ThreadVars*, Flow*, void*) {}, nullptr); })));
  const expected<void> ran = runtime->run();
  ASSERT_TRUE(ran) << ran.error().message;
  const Summary summary = runtime->summary();
  EXPECT_EQ(summary.flows.started, 500u);
  EXPECT_EQ(summary.flows.with_finish() + summary.flows.without_finish(), 500u);
  EXPECT_EQ(summary.flow_finish_callbacks, summary.flows.with_finish());
}

INSTANTIATE_TEST_SUITE_P(Modes, WithoutCapture,
                         testing::Values(Mode::workers, Mode::autofp, Mode::single));

TEST(WithoutCaptureAFile, IsRefusedWithASentence) {
  Options options;
  options.mode = Mode::single;
  options.pcap = "traffic.pcap";
  const expected<Runtime> runtime = Runtime::create(options);
  ASSERT_FALSE(runtime);
  EXPECT_THAT(runtime.error().message,
              HasSubstr("\"traffic.pcap\" cannot be read: this program is built without"));
}

}  // namespace
