// Goal: one thread runs at a time, a strategy decides which, and the same seed gives the same run.
// Method: threads that record what they do, without any lock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "controlled.hpp"
#include "schedule/controller.hpp"

namespace surisim::schedule::test {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

void come_to_a_point() { point({Act::access, nullptr, nullptr}); }

// "aabb", "abab", …: what two threads did, in order. Without a lock: the test shows that none is
// needed.
std::string two_threads(std::string_view strategy, std::uint64_t seed) {
  const PointCounts earlier = {4, 3, 3};
  std::string done;
  const auto do_twice = [&done](char name) {
    for (int i = 0; i < 2; ++i) {
      come_to_a_point();
      done += name;
    }
  };
  controlled_run(
      strategy, seed,
      [&] {
        std::thread a(do_twice, 'a');
        std::thread b(do_twice, 'b');
        a.join();
        b.join();
      },
      earlier);
  return done;
}

TEST(Schedule, OfTheDefaultStrategyKeepsAThreadRunning) {
  EXPECT_EQ(two_threads("default", 1), "aabb");
  EXPECT_EQ(two_threads("default", 2), "aabb");
}

// With pct the waiting thread may have the higher priority forever.
TEST(Schedule, LetsOthersRunWhenAThreadWaitsForThemInALoopOfAccesses) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    bool set = false;
    controlled_run("pct", seed, [&set] {
      const auto wait = [&set] {
        while (!set) come_to_a_point();
      };
      std::thread waits(wait);
      std::thread waits_too(wait);
      std::thread sets([&set] {
        come_to_a_point();
        set = true;
      });
      waits.join();
      waits_too.join();
      sets.join();
    });
    EXPECT_TRUE(set);
  }
}

// The thread that reaches the second place waits until another has been at the first.
TEST(Schedule, KeepsOrdersOfPlaces) {
  static const char first = 0;
  static const char second = 0;
  std::string done;
  Ordered chooser(find_strategy("default")->make());
  chooser.add({{&first, true}, {&second, true}});
  chooser.begin(0, {});
  Controller controller(chooser, 100'000, exit_dead);
  const Controller::Scope scope(&controller);
  const auto does = [&done](char name, const char& place) {
    point({Act::lock, nullptr, &place});
    done += name;
  };
  std::thread a([&] {
    does('a', second);
    does('a', second);
  });
  std::thread b([&] {
    does('b', first);
    does('b', first);
  });
  a.join();
  b.join();
  EXPECT_EQ(done, "bbaa") << "without the order a would be first";
  EXPECT_GT(chooser.choices(), 0u);
  EXPECT_LT(chooser.choices(), controller.stats().points);  // main is alone at last
}

class OfStrategy : public ::testing::TestWithParam<StrategyInfo> {};

TEST_P(OfStrategy, IsTheSameForTheSameSeed) {
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    EXPECT_EQ(two_threads(GetParam().name, seed), two_threads(GetParam().name, seed)) << seed;
}

TEST_P(OfStrategy, ReachesEveryOrderOfTwoThreads) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 400; ++seed) seen.insert(two_threads(GetParam().name, seed));
  EXPECT_THAT(seen, SizeIs(6));
}

// The strategies that choose at random; the first and the last have one order for all seeds.
INSTANTIATE_TEST_SUITE_P(All, OfStrategy,
                         ::testing::ValuesIn(strategies().begin() + 1, strategies().end() - 1),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Schedule, OrdersThatThreadsCannotTellApartAreEqual) {
  int first = 0;
  int second = 0;
  const auto order_of = [&](std::uint64_t seed, const int* a, const int* b) {
    return controlled_run("random", seed,
                          [&] {
                            std::thread one([a] { point({Act::access, a, nullptr}); });
                            std::thread two([b] { point({Act::access, b, nullptr}); });
                            one.join();
                            two.join();
                          })
        .order;
  };
  // Otherwise only the time of main's joins differs; main has few steps.
  std::set<std::uint64_t> same_object;
  std::set<std::uint64_t> other_objects;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    same_object.insert(order_of(seed, &first, &first));
    other_objects.insert(order_of(seed, &first, &second));
  }
  EXPECT_GT(same_object.size(), other_objects.size());
}

TEST(Delays, SkipTheThreadThatWouldRun) {
  const auto next_of = [](Delays& delays, ThreadId running) {
    const std::vector<Ready> ready = {{1, {}}, {4, {}}, {7, {}}};
    return ready[delays.next(ready, running)].thread;
  };
  Delays delays({1, 3, 3});
  delays.begin(0, {});
  EXPECT_EQ(next_of(delays, 4), 4u);
  EXPECT_EQ(next_of(delays, 4), 7u);  // 4 is skipped
  EXPECT_EQ(next_of(delays, 7), 7u);
  EXPECT_EQ(next_of(delays, 7), 4u);  // 7 and 1 are
  EXPECT_EQ(next_of(delays, 5), 7u);  // 5 cannot run
}

TEST(Turns, AreTakenInOrderAndWaitedFor) {
  Turns turns({{7, 2}, {1, 1}, {7, 3}});
  turns.begin(0, {});
  const auto next_of = [&turns](std::vector<ThreadId> threads, ThreadId running) {
    std::vector<Ready> ready;
    for (const ThreadId thread : threads) ready.push_back({thread, {}});
    const ThreadId chosen = ready[turns.next(ready, running)].thread;
    turns.resumed(chosen);
    return chosen;
  };
  EXPECT_EQ(next_of({1, 4, 7}, 4), 7u);
  EXPECT_EQ(next_of({1, 4}, 7), 1u);     // 7 cannot run
  EXPECT_EQ(next_of({1, 4, 7}, 1), 7u);  // now it can; 1 has had its turn meanwhile
  EXPECT_EQ(next_of({1, 4, 7}, 7), 7u);
  EXPECT_EQ(next_of({1, 4, 7}, 4), 4u);  // no turn is left
}

// malloc gives the same address again, or not.
TEST(Histories, DoNotDependOnWhereAFreedBlockIsReused) {
  const char blocks[2] = {};
  const auto history = [&blocks](const char* second, bool frees) {
    Histories histories;
    std::uint64_t mine = histories.after(0, 1, {Act::access, blocks, nullptr});
    if (frees) histories.forget(blocks, 1);
    mine = histories.after(mine, 2, {Act::access, second, nullptr});
    return mine + histories.sum();
  };
  EXPECT_EQ(history(blocks, true), history(blocks + 1, true));
  EXPECT_NE(history(blocks, false), history(blocks + 1, false));
}

TEST(RunStats, CountsPointsByThread) {
  const RunStats stats = controlled_run("default", 0, [] {
    std::thread other([] {
      for (int i = 0; i < 10; ++i) come_to_a_point();
    });
    other.join();
  });
  ASSERT_THAT(stats.counts, SizeIs(2));
  EXPECT_EQ(stats.counts[1], 11u);  // its start, too
  EXPECT_EQ(stats.points, stats.counts[0] + stats.counts[1]);
  EXPECT_EQ(stats.left_over, 0u);
}

TEST(RunStats, CountsThreadsThatHaveNotEnded) {
  bool ran = false;
  const RunStats stats = controlled_run("default", 0, [&ran] {
    std::thread([&ran] {
      come_to_a_point();
      ran = true;
    }).detach();
  });
  EXPECT_EQ(stats.left_over, 1u);
  EXPECT_FALSE(ran);
}

TEST(Thread, EndsWhenItsThreadLocalsAreGone) {
  static std::vector<std::string>* events = nullptr;
  std::vector<std::string> seen;
  events = &seen;
  struct Noting {
    ~Noting() {
      come_to_a_point();
      events->push_back("destroyed");
    }
  };
  controlled_run("default", 0, [] {
    std::thread other([] { static thread_local Noting noting; });
    other.join();
    events->push_back("joined");
  });
  EXPECT_THAT(seen, ElementsAre("destroyed", "joined"));
}

TEST(Thread, IsControlledOnlyInAScope) {
  EXPECT_FALSE(controlled());
  controlled_run("default", 0, [] { EXPECT_TRUE(controlled()); });
  EXPECT_FALSE(controlled());
  std::thread([] { EXPECT_FALSE(controlled()); }).join();
}

TEST(ControllerDeathTest, SaysThatThreadsRunForever) {
  EXPECT_EXIT(controlled_run("random", 0,
                             [] {
                               for (;;) come_to_a_point();
                             }),
              ::testing::ExitedWithCode(kLivelock), "0 access");
}

}  // namespace
}  // namespace surisim::schedule::test
