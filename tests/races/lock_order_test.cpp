// Goal: locks that two or three threads take in opposite orders are found without a deadlock, and
// nothing else is. Method: the class, with the calls that a run would make.
#include "races/lock_order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace surisim::races {
namespace {

using schedule::Act;
using schedule::Operation;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const char kLocks[5] = {};  // their addresses
const void* const kA = kLocks;
const void* const kB = kLocks + 1;
const void* const kC = kLocks + 2;
const void* const kGate = kLocks + 3;

class LockOrderTest : public ::testing::Test {
 protected:
  LockOrderTest() {
    for (ThreadId id = 0; id < 4; ++id) clocks_[id].advance(id);
  }
  // Takes the locks, each while holding the previous ones, and releases all.
  void nest(ThreadId thread, const std::vector<Operation>& locks) {
    std::vector<Operation> held;
    for (const Operation& one : locks) {
      Operation here = one;
      here.caller = &places_[{thread, one.object}];
      order_->locks(thread, here, held, clocks_[thread]);
      held.push_back(here);
    }
  }
  void nest(ThreadId thread, const void* outer, const void* inner) {
    nest(thread, {{Act::lock, outer, nullptr}, {Act::lock, inner, nullptr}});
  }
  // From here on, everything that the first thread did comes before the second's steps, in every
  // schedule.
  void hand_over(ThreadId from, ThreadId to) {
    clocks_[to].see(clocks_[from]);
    clocks_[from].advance(from);
  }

  std::vector<Ring> found_;
  std::unique_ptr<LockOrder> made() {
    return std::make_unique<LockOrder>(
        [] {
          return Moment{"flow update", "traffic", nullptr};
        },
        [this](const Ring& ring) { found_.push_back(ring); });
  }
  std::unique_ptr<LockOrder> order_ = made();
  std::map<ThreadId, VectorClock> clocks_;
  std::map<std::pair<ThreadId, const void*>, char> places_;  // of calls, by their addresses
};

TEST_F(LockOrderTest, FindsTwoThreadsWithOppositeOrders) {
  nest(1, kA, kB);
  EXPECT_THAT(found_, IsEmpty());
  nest(2, kB, kA);
  ASSERT_THAT(found_, ElementsAre(SizeIs(2)));
  const Ring& ring = found_[0];
  for (std::size_t i = 0; i < 2; ++i) {
    const Nested& other = ring[1 - i];
    EXPECT_EQ(ring[i].inner.object, other.outer.object);
    EXPECT_EQ(ring[i].outer.caller, (&places_[{ring[i].thread, ring[i].outer.object}]));
    EXPECT_EQ(ring[i].inner.caller, (&places_[{ring[i].thread, ring[i].inner.object}]));
    EXPECT_STREQ(ring[i].callback, "flow update");
  }
}

// So that the message is always the same.
TEST_F(LockOrderTest, BeginsARingAtItsLowestPlaceWhoeverComesLast) {
  for (const ThreadId last : {1U, 2U}) {
    found_.clear();
    order_ = made();
    const ThreadId first = 3 - last;
    nest(first, first == 1 ? kA : kB, first == 1 ? kB : kA);
    nest(last, last == 1 ? kA : kB, last == 1 ? kB : kA);
    ASSERT_THAT(found_, SizeIs(1));
    EXPECT_LT(found_[0][0].inner.caller, found_[0][1].inner.caller);
  }
}

TEST_F(LockOrderTest, ReportsARingOfTheSamePlacesOnce) {
  for (int i = 0; i < 3; ++i) {
    nest(1, kA, kB);
    nest(2, kB, kA);
  }
  EXPECT_THAT(found_, SizeIs(1));
}

TEST_F(LockOrderTest, FindsARingOfThreeThreads) {
  nest(1, kA, kB);
  nest(2, kB, kC);
  nest(3, kC, kA);
  ASSERT_THAT(found_, ElementsAre(SizeIs(3)));
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(found_[0][i].inner.object, found_[0][(i + 1) % 3].outer.object);
}

TEST_F(LockOrderTest, KnowsThatAThreadDoesNotWaitForItself) {
  nest(1, kA, kB);
  nest(1, kB, kA);
  EXPECT_THAT(found_, IsEmpty());
  nest(1, kB, kC);
  nest(2, kC, kA);  // a ring, but of two threads
  EXPECT_THAT(found_, IsEmpty());
}

TEST_F(LockOrderTest, AcceptsThreadsThatAGateKeepsApart) {
  nest(1, {{Act::lock, kGate, nullptr}, {Act::lock, kA, nullptr}, {Act::lock, kB, nullptr}});
  nest(2, {{Act::lock, kGate, nullptr}, {Act::lock, kB, nullptr}, {Act::lock, kA, nullptr}});
  EXPECT_THAT(found_, IsEmpty());
}

// Readers can hold the lock together.
TEST_F(LockOrderTest, DoesNotTakeASharedLockForAGate) {
  nest(1, {{Act::share, kGate, nullptr}, {Act::lock, kA, nullptr}, {Act::lock, kB, nullptr}});
  nest(2, {{Act::share, kGate, nullptr}, {Act::lock, kB, nullptr}, {Act::lock, kA, nullptr}});
  EXPECT_THAT(found_, SizeIs(1));
}

TEST_F(LockOrderTest, AcceptsReadWriteLocksThatBothRead) {
  nest(1, {{Act::share, kA, nullptr}, {Act::lock, kB, nullptr}});
  nest(2, {{Act::lock, kB, nullptr}, {Act::share, kA, nullptr}});
  EXPECT_THAT(found_, IsEmpty());
  nest(3, {{Act::lock, kB, nullptr}, {Act::lock, kA, nullptr}});  // a writer waits for a reader
  EXPECT_THAT(found_, SizeIs(1));
}

// Main takes them at start-up, workers later (L5).
TEST_F(LockOrderTest, AcceptsWhatAHandOverOrders) {
  nest(0, kA, kB);
  hand_over(0, 1);
  nest(1, kB, kA);
  EXPECT_THAT(found_, IsEmpty());
}

TEST_F(LockOrderTest, FindsWhatComesAfterAHandOver) {
  hand_over(0, 1);
  nest(0, kA, kB);
  nest(1, kB, kA);
  EXPECT_THAT(found_, SizeIs(1));
}

// The outer lock was taken before the hand-over.
TEST_F(LockOrderTest, UsesWhatWasOrderedAtTheOuterLock) {
  nest(1, kA, kB);
  const Operation outer{Act::lock, kB, kLocks};
  const Operation inner{Act::lock, kA, kLocks};
  order_->locks(2, outer, {}, clocks_[2]);
  hand_over(1, 2);
  order_->locks(2, inner, std::vector{outer}, clocks_[2]);
  EXPECT_THAT(found_, SizeIs(1));
}

TEST_F(LockOrderTest, AcceptsALockThatIsOnlyTried) {
  nest(1, kA, kB);
  nest(2, {{Act::lock, kB, nullptr}, {Act::lock, kA, nullptr, true}});
  EXPECT_THAT(found_, IsEmpty());
}

TEST_F(LockOrderTest, CountsALockThatWasTriedAsOneThatTheThreadHas) {
  nest(1, kA, kB);
  nest(2, {{Act::lock, kB, nullptr, true}, {Act::lock, kA, nullptr}});
  EXPECT_THAT(found_, SizeIs(1));
}

TEST_F(LockOrderTest, AcceptsALockThatTheThreadHasAlready) {
  nest(1, kA, kB);
  nest(2, {{Act::lock, kA, nullptr}, {Act::lock, kB, nullptr}, {Act::lock, kA, nullptr}});
  EXPECT_THAT(found_, IsEmpty());
}

TEST_F(LockOrderTest, UsesWhatWasOrderedWhenTheThreadFirstTookARecursiveLock) {
  nest(1, kB, kA);
  const Operation outer{Act::lock, kA, kLocks};
  order_->locks(2, outer, {}, clocks_[2]);
  hand_over(1, 2);
  order_->locks(2, outer, std::vector{outer}, clocks_[2]);
  order_->locks(2, {Act::lock, kB, kLocks}, std::vector{outer, outer}, clocks_[2]);
  EXPECT_THAT(found_, SizeIs(1));
}

TEST_F(LockOrderTest, ForgetsLocksWhoseMemoryIsFreed) {
  nest(1, kA, kB);
  order_->frees(kB, 1);
  nest(2, kB, kA);
  EXPECT_THAT(found_, IsEmpty());
}

TEST_F(LockOrderTest, KeepsLocksBesideMemoryThatIsFreed) {
  nest(1, kA, kB);
  nest(3, kC, kGate);
  order_->frees(kC, 2);
  nest(2, kB, kA);
  EXPECT_THAT(found_, SizeIs(1));
}

}  // namespace
}  // namespace surisim::races
