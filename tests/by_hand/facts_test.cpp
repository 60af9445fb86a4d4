// Facts about flows and threads, each driven by hand. Method: a flow or two, and what the plugin's
// callbacks were called with.
#include "counting_plugin.hpp"

namespace surisim::test {
namespace {

using namespace fixtures;
using testing::ElementsAre;

class FlowsByHand : public ByHandTest {};

TEST_F(FlowsByHand, L30_TheFirstPacketGivesInitAndUpdateOnItsWorker) {
  traffic().udp("10.0.0.1:1025", "10.0.0.2:53").on(worker(2)).to_server().to_server();
  EXPECT_THAT(seen(), ElementsAre("flow init on W#02-eth0", "flow update on W#02-eth0",
                                  "flow update on W#02-eth0"));
}

}  // namespace
}  // namespace surisim::test
