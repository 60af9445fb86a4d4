// Hand-overs between threads: whoever waits is woken, by whatever change it waits for.
#include "trace/handover.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

namespace surisim::engine {
namespace {

using ::testing::Each;
using ::testing::Eq;

constexpr std::uint32_t kThreads = 32;

// So long a wait is a wake-up that got lost.
Deadline far_away() { return steady_now() + std::chrono::minutes(2); }

class Threads {
 public:
  template <class Run>
  void start(std::uint32_t count, Run run) {
    for (std::uint32_t i = 0; i < count; ++i) threads_.emplace_back(run, i);
  }
  ~Threads() {
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::vector<std::thread> threads_;
};

TEST(Gate, LetsAllGoOnThatWaitForIt) {
  Gate gate;
  Latch gone_on(kThreads);
  Threads threads;
  threads.start(kThreads, [&](std::uint32_t) {
    gate.wait();
    gone_on.count_down();
  });
  gate.open();
  EXPECT_TRUE(gone_on.wait(far_away()));
}

TEST(Gate, BringsTheClockOfWhoOpenedItToWhoWaited) {
  Gate gate;
  std::uint64_t theirs = 0;
  my_clock().see(my_clock().now() + 1000);
  const std::uint64_t mine = my_clock().now();
  {
    Threads threads;
    threads.start(1, [&](std::uint32_t) {
      gate.wait();
      theirs = my_clock().now();
    });
    gate.open();
  }
  EXPECT_GE(theirs, mine);
}

TEST(Latch, SaysNoWhenTheLastCountIsMissing) {
  Latch latch(2);
  latch.count_down();
  EXPECT_FALSE(latch.wait(steady_now() + std::chrono::milliseconds(1)));
  latch.count_down();
  EXPECT_TRUE(latch.wait(far_away()));
}

// L15: the main loop is over once every capturing thread is done, in whatever order.
TEST(MainLoopSignal, IsOverWithTheLastCapture) {
  for (int i = 0; i < 100; ++i) {
    MainLoopSignal signal;
    signal.arm(kThreads);
    std::atomic<std::uint32_t> done = 0;
    Threads threads;
    threads.start(kThreads, [&](std::uint32_t) {
      ++done;
      signal.capture_done();
    });
    EXPECT_TRUE(signal.wait());
    EXPECT_THAT(done.load(), Eq(kThreads));
  }
}

// L14: a thread that fails while running ends it at once, whatever the others do.
TEST(MainLoopSignal, IsOverWithTheFirstFailure) {
  for (int i = 0; i < 100; ++i) {
    MainLoopSignal signal;
    signal.arm(kThreads + 1);
    Threads threads;
    threads.start(kThreads, [&](std::uint32_t thread) {
      if (thread == 0) {
        signal.thread_failed();
      } else {
        signal.capture_done();
      }
    });
    EXPECT_FALSE(signal.wait());
  }
}

TEST(Channel, GivesEachItemToOneOfThoseWhoWait) {
  constexpr std::uint32_t kItems = 2000;  // of each producer
  constexpr std::uint32_t kSides = 4;
  constexpr std::uint32_t kEnd = kItems * kSides;
  std::vector<std::atomic<int>> taken(kEnd);
  Channel<std::uint32_t> channel;
  {
    Latch produced(kSides);
    Threads threads;
    threads.start(kSides, [&](std::uint32_t) {
      for (std::uint32_t item = 0; (item = channel.pop()) != kEnd;) ++taken[item];
    });
    threads.start(kSides, [&](std::uint32_t producer) {
      for (std::uint32_t i = 0; i < kItems; ++i) channel.push(producer * kItems + i);
      produced.count_down();
    });
    EXPECT_TRUE(produced.wait(far_away()));
    for (std::uint32_t i = 0; i < kSides; ++i) channel.push(kEnd);
  }
  const std::vector<int> times(taken.begin(), taken.end());
  EXPECT_THAT(times, Each(Eq(1)));
  EXPECT_TRUE(channel.empty());
}

}  // namespace
}  // namespace surisim::engine
