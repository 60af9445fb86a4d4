// Goal: a correct plugin's lifecycle is the same in each run, because races between threads are not
// part of it. Method: runs in this process, SURISIM_GOLDEN_RUNS (30) for each set of options.
#include <gmock/gmock.h>

#include <cstdlib>
#include <string>

#include "plugins.hpp"
#include "surisim/fixtures/lifecycle_test.hpp"

namespace {

using surisim::Capture;
using surisim::EngineMode;
using surisim::Lifecycle;
using surisim::Mode;
using surisim::Options;
using surisim::test::Change;
using surisim::test::init_with;

int repeats() {
  const char* const asked = std::getenv("SURISIM_GOLDEN_RUNS");
  return asked == nullptr ? 30 : std::atoi(asked);
}

struct Way {
  const char* name;
  void (*set)(Options& options);
};

// clang-format off
const Way kWays[] = {
    {"Workers", [](Options& o) { o.threads = 4; }},
    {"OneWorker", [](Options& o) { o.threads = 1; }},
    {"EightWorkersWithFewFlows", [](Options& o) { o.threads = 8; o.traffic.flows = 40; }},
    {"Single", [](Options& o) { o.mode = Mode::single; }},
    {"Autofp", [](Options& o) { o.mode = Mode::autofp; o.threads = 3; }},
    {"SeveralOfEachThread", [](Options& o) {
       o.mode = Mode::autofp; o.capture = Capture::af_packet;
       o.threads = 4; o.receive_threads = 2; o.flow_managers = 2; o.flow_recyclers = 3; }},
    {"UnixSocket", [](Options& o) { o.engine = EngineMode::unix_socket; o.mode = Mode::autofp; o.lifecycles = 2; }},
    // A receiver must not wait forever for the worker that fails (L14).
    {"AWorkerFails", [](Options& o) {
       o.mode = Mode::autofp; o.faults = {{surisim::Fault::Kind::thread_run, "W#02"}}; }},
    {"Repeated", [](Options& o) { o.lifecycles = 3; }},
};
// clang-format on

class Stable : public surisim::fixtures::LifecycleTest, public testing::WithParamInterface<Way> {
 protected:
  Lifecycle lifecycle_with(Change change) {
    load("plugin", init_with(change));
    EXPECT_EQ(static_cast<bool>(run()), options.faults.empty());
    Lifecycle out = lifecycle();
    TearDown();
    return out;
  }
};

TEST_P(Stable, IsTheSameInEachRun) {
  GetParam().set(options);
  const Lifecycle golden = lifecycle_with(Change::nothing);
  const int runs = repeats();
  for (int i = 1; i < runs; ++i)
    ASSERT_EQ(to_text(lifecycle_with(Change::nothing)), to_text(golden)) << "run " << i + 1;
}

// Values created on first use; which recycler gets a flow is a race.
TEST_P(Stable, IsTheSameWithValuesMadeOnDemand) {
  GetParam().set(options);
  const Lifecycle golden = lifecycle_with(Change::set_on_worker);
  const int runs = repeats() / 3;
  for (int i = 1; i < runs; ++i)
    ASSERT_EQ(to_text(lifecycle_with(Change::set_on_worker)), to_text(golden)) << "run " << i + 1;
}

TEST_P(Stable, IsReadBackFromItsText) {
  GetParam().set(options);
  const Lifecycle golden = lifecycle_with(Change::nothing);
  const auto read = surisim::parse_lifecycle(to_text(golden));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(to_text(*read), to_text(golden));
  EXPECT_EQ(to_text(differences(*read, golden)), "");
}

INSTANTIATE_TEST_SUITE_P(Ways, Stable, testing::ValuesIn(kWays),
                         [](const auto& param) { return param.param.name; });

}  // namespace
