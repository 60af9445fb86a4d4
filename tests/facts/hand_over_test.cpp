// L31, L32, L35, L36: which threads hand packets and flows over to which, and where they wait.
// Method: the event log of a run, in which each batch is recorded by its sender and its receiver.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>

#include "surisim/fixtures/lifecycle_test.hpp"

namespace {

using namespace surisim;
using namespace surisim::fixtures;

class HandOvers : public LifecycleTest {
 protected:
  HandOvers() {
    load("plugin", [] {});
    options.record = Options::Record::all;
    options.traffic.flows = 300;
    options.threads = 3;
  }

  // "RX#01 packets > W#02, pickup2", each with the number of packets or flows.
  std::map<std::string, std::int64_t> batches() {
    std::map<std::pair<std::string_view, std::uint64_t>, const Event*> sent;
    std::map<std::string, std::int64_t> all;
    const EventLog log = events();
    for (const Event& event : log) {
      if (event.kind == EventKind::hand_over) {
        EXPECT_GT(event.value, 0) << to_string(event);
        sent[{event.os, event.clock}] = &event;
      }
      if (event.kind != EventKind::take_over) continue;
      const auto from = sent.find({event.made_on, static_cast<std::uint64_t>(event.value)});
      if (from == sent.end()) {
        ADD_FAILURE() << "nobody has sent it: " << to_string(event);
        continue;
      }
      const Event& sender = *from->second;
      EXPECT_LT(sender.clock, event.clock) << to_string(event);
      EXPECT_EQ(sender.what, event.what);
      all[std::string(sender.os) + " " + std::string(sender.what) + " > " + std::string(event.os) +
          ", " + std::string(sender.detail)] += sender.value;
      sent.erase(from);
    }
    EXPECT_TRUE(sent.empty()) << "a batch was sent, and nobody got it";
    return all;
  }
};

TEST_F(HandOvers, ReceiversHandAllPacketsOverToTheWorkerOfTheirQueue) {
  options.mode = Mode::autofp;
  ASSERT_TRUE(run());
  std::int64_t packets = 0;
  for (const auto& [batch, count] : batches()) {
    if (!batch.starts_with("RX")) continue;
    packets += count;
    const std::string worker = batch.substr(batch.find('>') + 4, 2);  // "01"
    EXPECT_EQ(batch, "RX#01 packets > W#" + worker + ", pickup" + worker.substr(1));
  }
  // Under memory pressure a worker counts one more, without a flow (L35).
  EXPECT_EQ(static_cast<std::uint64_t>(packets), summary().packets - summary().packets_no_flow);
}

// L31, L32, L36.
TEST_F(HandOvers, TheFlowManagerHandsFlowsOnToTheRecyclerOrBackToTheirWorker) {
  ASSERT_TRUE(run());
  std::set<std::string> ways;
  for (const auto& [batch, count] : batches()) {
    std::string way = batch;
    for (std::size_t at = 0; (at = way.find("W#")) != way.npos;) way.replace(at, 9, "W");
    ways.insert(way);
  }
  EXPECT_EQ(ways, (std::set<std::string>{
                      "W flows > FM#01, flow_hash", "FM#01 flows > W, flow_queue",
                      "FM#01 flows > FR#01, flow_recycle_q", "main flows > FR#01, flow_recycle_q",
                      "main flows > W, flow_queue"}));
}

TEST_F(HandOvers, AreRecordedOnlyWithTheEventsOfFlows) {
  options.record = Options::Record::lifecycle;
  options.mode = Mode::autofp;
  ASSERT_TRUE(run());
  for (const Event& event : events())
    EXPECT_FALSE(event.kind == EventKind::hand_over || event.kind == EventKind::take_over);
}

}  // namespace
