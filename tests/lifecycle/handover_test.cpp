// Hand-overs between threads: a waiting thread is woken by every change that it waits for.
#include "trace/handover.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace surisim::engine {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Eq;

constexpr std::uint32_t kThreads = 32;

// A longer wait means a lost wake-up.
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

TEST(Gate, ReleasesEveryWaiter) {
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

TEST(Gate, CarriesTheOpenersClockToItsWaiters) {
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

TEST(Latch, ReturnsFalseAtTheDeadlineWhenACountIsMissing) {
  Latch latch(2);
  latch.count_down();
  EXPECT_FALSE(latch.wait(steady_now() + std::chrono::milliseconds(1)));
  latch.count_down();
  EXPECT_TRUE(latch.wait(far_away()));
}

// The waiter may destroy it at once: it is not touched after the last count.
TEST(Latch, MayBeDestroyedAsSoonAsItsWaiterReturns) {
  Channel<Latch*> latches;
  Threads threads;
  threads.start(1, [&](std::uint32_t) {
    while (Latch* const latch = latches.pop()) latch->count_down();
  });
  for (int i = 0; i < 1000; ++i) {
    const auto latch = std::make_unique<Latch>(1);
    latches.push(latch.get());
    EXPECT_TRUE(latch->wait(far_away()));
  }
  latches.push(nullptr);
}

TEST(Credit, BoundsWhatIsUnderWayAndCarriesTheReturningThreadsClock) {
  Credit credit(1);
  credit.take();
  std::uint64_t theirs = 0;
  Threads threads;
  threads.start(1, [&](std::uint32_t) {
    my_clock().see(my_clock().now() + 1'000'000);
    theirs = my_clock().now();
    credit.give();
  });
  credit.take();  // waits for the other thread, which has written `theirs` before
  EXPECT_GE(my_clock().now(), theirs);
  EXPECT_GT(theirs, 0u);
}

TEST(Credit, NeverBlocksOnceItIsClosed) {
  Credit credit(0);
  Latch gone_on(kThreads);
  Threads threads;
  threads.start(kThreads, [&](std::uint32_t) {
    credit.take();
    gone_on.count_down();
  });
  credit.close();
  EXPECT_TRUE(gone_on.wait(far_away()));
}

TEST(OsThread, TakesItsStartersClockAndReturnsItsOwnAtTheJoin) {
  Clock clock;
  my_clock().tick();
  const std::uint64_t mine = my_clock().now();
  OsThread thread;
  const auto entry = [](void* its_clock) -> void* {
    static_cast<Clock*>(its_clock)->see(static_cast<Clock*>(its_clock)->now() + 500);
    return nullptr;
  };
  ASSERT_EQ(thread.start(clock, entry, &clock), 0);
  thread.join();
  EXPECT_EQ(clock.now(), mine + 500);
  EXPECT_EQ(my_clock().now(), mine + 500);
}

TEST(SpinLock, LetsOneThreadInAtATime) {
  SpinLock lock;
  std::uint64_t count = 0;
  {
    Threads threads;
    threads.start(4, [&](std::uint32_t) {
      for (int i = 0; i < 20'000; ++i) {
        const MutexLock held(lock);
        ++count;
      }
    });
  }
  EXPECT_EQ(count, 80'000u);
}

TEST(Time, NeverGoesBackAndPausesTakeTheirTime) {
  const TimePoint begin = steady_now();
  pause_for(std::chrono::milliseconds(2));
  EXPECT_GE(steady_now() - begin, std::chrono::milliseconds(2));
  EXPECT_GT(wall_now().tv_sec, 1'700'000'000);
}

// L15: the main loop ends once every capturing thread is done, in any order.
TEST(MainLoopSignal, EndsWithTheLastCapture) {
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

TEST(MainLoopSignal, CarriesTheClockOfTheLastCapture) {
  MainLoopSignal signal;
  signal.arm(1);
  std::uint64_t theirs = 0;
  Threads threads;
  threads.start(1, [&](std::uint32_t) {
    my_clock().see(1'000'000'000);
    theirs = my_clock().now();
    signal.capture_done();
  });
  EXPECT_TRUE(signal.wait());
  EXPECT_GE(my_clock().now(), theirs);
}

// L14: a thread that fails while running ends it at once, even if others still run.
TEST(MainLoopSignal, EndsWithTheFirstFailure) {
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

TEST(Channel, GivesItemsInOrderToASpinningReader) {
  constexpr std::uint32_t kItems = 20'000;
  Channel<std::uint32_t> channel;
  Credit credit(8);
  Threads threads;
  threads.start(1, [&](std::uint32_t) {
    for (std::uint32_t i = 0; i < kItems; ++i) {
      credit.take();
      channel.push(i);
    }
  });
  std::uint32_t out_of_order = 0;
  for (std::uint32_t i = 0; i < kItems; ++i) {
    if (channel.pop_soon() != i) ++out_of_order;
    credit.give();
  }
  EXPECT_EQ(out_of_order, 0u);
  EXPECT_TRUE(channel.empty());
}

TEST(Channel, GivesNothingOnceTheDeadlineHasPassed) {
  Channel<int> channel;
  EXPECT_EQ(channel.pop_until(deadline_in(0)), std::nullopt);
  channel.push(7);
  EXPECT_EQ(channel.pop_until(deadline_in(0)), 7);
}

TEST(Channel, GivesEachItemToExactlyOneWaiter) {
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

TEST(Inbox, ReturnsItemsUntilItIsClosed) {
  Inbox<int> inbox;
  EXPECT_FALSE(inbox.has_items());
  EXPECT_TRUE(inbox.put(1));
  EXPECT_TRUE(inbox.put(2));
  EXPECT_TRUE(inbox.has_items());
  EXPECT_THAT(inbox.take_all(), ElementsAre(1, 2));
  EXPECT_FALSE(inbox.has_items());
  EXPECT_TRUE(inbox.put(3));
  inbox.close();
  EXPECT_FALSE(inbox.put(4));
  EXPECT_THAT(inbox.take_all(), ElementsAre(3));
}

TEST(Inbox, CarriesTheClockOfTheThreadThatPutAnItemIn) {
  Inbox<int> inbox;
  {
    Threads threads;
    threads.start(1, [&](std::uint32_t) {
      my_clock().see(2'000'000'000);
      inbox.put(1);
    });
  }
  inbox.take_all();
  EXPECT_GE(my_clock().now(), 2'000'000'000u);
}

}  // namespace
}  // namespace surisim::engine
