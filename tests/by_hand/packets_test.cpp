// Packets and flows by hand: each kind of packet comes as it was said, on the worker that was said,
// and a call that cannot be obeyed fails with a sentence. Method: one or two flows in each test.
#include <gtest/gtest-spi.h>

#include "counting_plugin.hpp"

namespace surisim::test {
namespace {

using namespace fixtures;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class Packets : public ByHandTest, public testing::WithParamInterface<Mode> {
 protected:
  Packets() { options.mode = GetParam(); }
};

TEST_P(Packets, ComeOneByOneOnTheFlowsWorker) {
  auto flow = traffic().udp("10.0.0.1:1025", "10.0.0.2:53").on(worker(1));
  flow.to_server("query");
  EXPECT_EQ(value(worker(1), of_thread)->packets, 1u);
  flow.to_client("answer");
  EXPECT_EQ(value(worker(1), of_thread)->packets, 2u);
  EXPECT_EQ(flow.value(of_flow)->packets, 2u);
  flow.time_out();
  EXPECT_FALSE(flow.is_open());
  EXPECT_EQ(value(thread("FR#01"), of_thread)->finished, 1u);
  EXPECT_EQ(OfFlow::freed, 1);
  ASSERT_TRUE(stop());
  EXPECT_TRUE(clean());
}

INSTANTIATE_TEST_SUITE_P(Modes, Packets,
                         testing::Values(Mode::workers, Mode::autofp, Mode::single));

}  // namespace
}  // namespace surisim::test
