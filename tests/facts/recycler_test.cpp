// L14 and L31: what a flow recycler still does once it is killed. Method: only the module, on its
// own thread, told to stop while flows are queued. (In a run the shutdown first waits for an empty
// queue.)
#include <gtest/gtest.h>
#include <suricata/flow-callbacks.h>

#include <atomic>
#include <memory>
#include <set>
#include <utility>

#include "abi/process_state.hpp"
#include "threads/tm_threads.hpp"
#include "trace/context.hpp"
#include "traffic/modules.hpp"
#include "traffic/packet_source.hpp"

namespace {

using namespace surisim;
using namespace surisim::engine;

constexpr std::size_t kFlowsEach = 3;

Thread* recycler;  // held by the callback
Latch* in_finish;
std::set<const Flow*> finished;
std::atomic<bool> killed_in_time;

class Recycler : public testing::Test {
 protected:
  Recycler() : main_("main", 0, 0) {
    surisim::abi::state().reset();
    set_context(&main_);
    finished.clear();
    killed_in_time = false;
    SCStorageInit();
    SCFlowRegisterFinishCallback(
        [](ThreadVars*, Flow* flow, void*) {
          finished.insert(flow);
          if (finished.size() > 1) return;
          in_finish->count_down();
          killed_in_time = recycler->wait_until(THV_KILL, deadline_in(10'000));
        },
        nullptr);
    SCStorageFinalize();
  }
  ~Recycler() override {
    threads_.abandon();
    set_context(nullptr);
    surisim::abi::state().reset();
  }

  // Paused, as it is until the engine releases it.
  bool spawn_recycler() {
    recycler = threads_.create({.name = "FR#01",
                                .type = TVT_MGMT,
                                .function = ThreadFunction::management,
                                .control = true},
                               std::make_unique<FlowRecycler>(engine_));
    return recycler != nullptr && threads_.spawn(*recycler) == 0;
  }
  void queue_flows() {
    FlowBatch batch;
    FlowBatch spare;
    for (std::size_t i = 0; i < kFlowsEach; ++i) batch.push_back(engine_.pool.take(spare));
    engine_.to_recycler(std::move(batch));
  }

  Context main_;
  Options options_;
  Eve eve_{options_};
  FlowEngine engine_{options_, eve_, nullptr};
  TmThreads threads_{nullptr, false};
};

TEST_F(Recycler, L14_KilledWhilePausedItLeavesWhatIsQueued) {
  Latch held(1);
  in_finish = &held;
  queue_flows();
  ASSERT_TRUE(spawn_recycler());
  threads_.kill_family(TVT_MGMT);
  EXPECT_TRUE(finished.empty());
}

TEST_F(Recycler, L31_KilledItFirstFinishesTheFlowsOfEveryQueuedBatch) {
  constexpr std::size_t kBatches = 4;
  Latch held(1);
  in_finish = &held;
  for (std::size_t i = 0; i < kBatches; ++i) queue_flows();
  ASSERT_TRUE(spawn_recycler());
  threads_.continue_threads();
  ASSERT_TRUE(held.wait(deadline_in(10'000))) << "no flow was finished";
  threads_.kill_family(TVT_MGMT);
  EXPECT_TRUE(killed_in_time);
  EXPECT_EQ(finished.size(), kBatches * kFlowsEach);
}

}  // namespace
