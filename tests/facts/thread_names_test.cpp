// Facts L9, L10 and L11: the names of all threads follow from the options. Method: the names
// computed from the options, which validate injected faults, compared with those of a whole run.
#include "threads/thread_names.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "surisim/fixtures/lifecycle_test.hpp"

namespace {

using namespace surisim;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> created(const Summary& summary) {
  std::vector<std::string> names;
  for (const ThreadSummary& thread : summary.threads) names.push_back(thread.name);
  return names;
}

struct Case {
  const char* name;
  Options options;
};

class ThreadNames : public fixtures::LifecycleTest, public testing::WithParamInterface<Case> {};

TEST_P(ThreadNames, L9_L10_L11_MatchTheThreadsThatARunCreates) {
  options = GetParam().options;
  options.traffic.flows = 100;
  ASSERT_TRUE(run());
  EXPECT_EQ(engine::thread_names(options), created(summary()));
}

Case with(const char* name, void (*set)(Options&)) {
  Case result{name, {}};
  set(result.options);
  return result;
}

INSTANTIATE_TEST_SUITE_P(
    Options, ThreadNames,
    testing::Values(with("defaults", [](Options&) {}),
                    with("no_socket", [](Options& o) { o.command_socket = false; }),
                    with("devices",
                         [](Options& o) {
                           o.devices = {"eth0", "a-long-device-name"};
                         }),
                    with("pci_device", [](Options& o) { o.devices = {"0000:3b:00.1"}; }),
                    with("autofp", [](Options& o) { o.mode = Mode::autofp; }),
                    with("autofp_pcap_live",
                         [](Options& o) {
                           o.mode = Mode::autofp;
                           o.capture = Capture::pcap_live;
                         }),
                    with("autofp_two_devices",
                         [](Options& o) {
                           o.mode = Mode::autofp;
                           o.capture = Capture::af_packet;
                           o.devices = {"eth0", "eth1"};
                           o.receive_threads = 2;
                         }),
                    with("single", [](Options& o) { o.mode = Mode::single; }),
                    with("single_live",
                         [](Options& o) {
                           o.mode = Mode::single;
                           o.capture = Capture::af_packet;
                         }),
                    with("unix_socket",
                         [](Options& o) {
                           o.mode = Mode::autofp;
                           o.engine = EngineMode::unix_socket;
                         }),
                    with("config_test", [](Options& o) { o.engine = EngineMode::config_test; }),
                    with("everything",
                         [](Options& o) {
                           o.detect_loaders = 2;
                           o.flow_managers = 2;
                           o.flow_recyclers = 3;
                           o.bypass_manager = true;
                         }),
                    with("no_stats", [](Options& o) { o.stats = false; })),
    [](const auto& one) { return one.param.name; });

std::string refusal_of(const Options& options) {
  const auto runtime = Runtime::create(options);
  return runtime ? "" : runtime.error().message;
}

TEST(Fault, L14_OfAThreadThatDoesNotExistIsRefusedWithTheNamesOfTheOthers) {
  Options options;
  options.threads = 1;
  options.faults = {{Fault::Kind::thread_run, "W#02-eth0"}};
  EXPECT_EQ(
      refusal_of(options),
      "there is no thread W#02-eth0; the threads are US, W#01-eth0, FM#01, FR#01, CW, CS, HB");
  options.threads = 100;
  options.faults.front().thread = "W#101-eth0";
  EXPECT_THAT(refusal_of(options), HasSubstr("W#11-eth0 and 94 more"));
  options.faults.front().thread = "W#100-eth0";
  EXPECT_THAT(refusal_of(options), IsEmpty());
}

TEST(Fault, L4_InAModeWithoutThreadsIsRefused) {
  Options options;
  options.engine = EngineMode::config_test;
  options.faults = {{Fault::Kind::kill_while_paused, ""}};
  EXPECT_EQ(refusal_of(options),
            "an injected fault needs threads, but engine mode config-test creates none");
}

}  // namespace
