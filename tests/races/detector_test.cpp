// Goal: two accesses that nothing orders are a race, and each kind of edge orders them. Method: the
// test reports to the detector what threads do, one event after another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

#include "races/detector.hpp"

namespace surisim::races {
namespace {

using schedule::Act;
using schedule::ReleaseKind;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Instructions without debug information: only those that no atomic compiles to are certain.
enum Instruction : std::uint32_t { load, store, increment, lock_increment, memcpy_from, memset_to };
constexpr std::array<translate::Site, 6> kSites = {{
    {0x10, 8, true, false, false, false},
    {0x20, 8, false, true, false, false},
    {0x30, 8, true, true, false, false},
    {0x40, 8, true, true, true, false},
    {0x50, 1, true, false, false, true, "memcpy"},
    {0x60, 1, false, true, false, true, "memset"},
}};

class Threads : public ::testing::Test {
 protected:
  void SetUp() override {
    for (ThreadId thread : {main, a, b}) start(thread);
  }

  void does(ThreadId thread, Instruction what, const void* where, std::uint32_t bytes = 0) {
    const translate::Access access{reinterpret_cast<std::uintptr_t>(where), what, bytes};
    detector.add(thread, {&access, 1});
  }
  void locks(ThreadId thread, const void* which, Act how = Act::lock) {
    detector.locks(thread, {how, which, nullptr}, {});
  }
  void unlocks(ThreadId thread, const void* which, Act how = Act::lock) {
    detector.unlocks(thread, {how, which, nullptr});
  }
  // One thread increments, then comes the edge, then another increments.
  template <class Between>
  std::size_t races_with(Between between) {
    does(a, increment, &value);
    between();
    does(b, increment, &value);
    return found.size();
  }
  void start(ThreadId thread) {
    if (thread != main) detector.creates(main, thread);
    detector.begins(thread);
  }

  static constexpr ThreadId main = 0, a = 1, b = 2, c = 3;
  std::uint64_t value = 0, other = 0;
  int lock = 0, second_lock = 0;
  std::vector<Race> found;
  AtomicSites atomics;
  Detector detector{[] { return std::span<const translate::Access>(); },
                    [] { return std::span<const translate::Site>(kSites); },
                    [] {
                      return Moment{"flow update", "traffic", nullptr};
                    },
                    atomics, [this](const Race& race) { found.push_back(race); }};
};

TEST_F(Threads, ThatIncrementTheSameRaceOnce) {
  EXPECT_EQ(races_with([] {}), 1u);
  does(a, increment, &value);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].earlier.thread, a);
  EXPECT_EQ(found[0].later.thread, b);
  EXPECT_STREQ(found[0].earlier.callback, "flow update");
}

TEST_F(Threads, ThatOnlyReadDoNot) {
  does(a, load, &value);
  does(b, load, &value);
  EXPECT_THAT(found, IsEmpty());
  EXPECT_THAT(detector.uncertain(), IsEmpty());
  EXPECT_THAT(detector.conflicts(), IsEmpty());
}

TEST_F(Threads, ThatChangeOtherBytesDoNot) {
  does(a, increment, &value);
  does(b, increment, &other);
  EXPECT_THAT(found, IsEmpty());
}

TEST_F(Threads, ThatCallAFunctionForARangeRaceInEachOfItsBytes) {
  std::array<std::uint8_t, 40> bytes{};
  does(a, memset_to, &bytes[3], 30);
  does(b, memcpy_from, &bytes[32], 8);
  ASSERT_THAT(found, SizeIs(1)) << "of the last byte";
  EXPECT_TRUE(found[0].certain) << "no atomic is a call";
  EXPECT_STREQ(found[0].earlier.function, "memset");
  EXPECT_EQ(found[0].earlier.size, 30u);
  EXPECT_STREQ(found[0].later.function, "memcpy");
}

TEST_F(Threads, ThatCallFunctionsForOtherBytesDoNotRace) {
  std::array<std::uint8_t, 40> bytes{};
  does(a, memset_to, &bytes[3], 30);
  does(b, memset_to, &bytes[33], 7);
  does(b, memset_to, bytes.data(), 3);
  does(b, memcpy_from, &bytes[33], 7);
  EXPECT_THAT(found, IsEmpty());
}

TEST_F(Threads, ThatAccessALargeRangeRaceInItsFirst4096Bytes) {
  std::vector<std::uint8_t> bytes(10'000);
  does(a, memset_to, bytes.data(), 10'000);
  does(b, increment, &bytes[4096]);
  EXPECT_THAT(found, IsEmpty());
  does(b, increment, &bytes[4088]);
  EXPECT_THAT(found, SizeIs(1));
}

// The last thread that releases a reference count frees the object.
TEST_F(Threads, ThatFreeWhatAnotherHasReleasedDoNot) {
  does(a, lock_increment, &value);
  does(b, lock_increment, &value);
  detector.frees(b, &value, sizeof value, nullptr);
  EXPECT_THAT(found, IsEmpty());
}

TEST_F(Threads, ThatHandOverDoNot) {
  EXPECT_EQ(races_with([this] {
              detector.releases_to(a, &lock, ReleaseKind::merge);
              detector.acquires_from(b, &lock);
            }),
            0u);
  EXPECT_THAT(detector.conflicts(), IsEmpty()) << "they could not come the other way round";
}

TEST_F(Threads, ThatTakeAnEarlierItemRace) {
  EXPECT_EQ(races_with([this] { detector.acquires_from(b, &lock); }), 1u);
}

TEST_F(Threads, ThatGetAnotherItemOfAQueueRace) {
  detector.releases_to(a, &lock, ReleaseKind::replace);
  EXPECT_EQ(races_with([this] {
              detector.releases_to(main, &lock, ReleaseKind::replace);  // at the same address
              detector.acquires_from(b, &lock);
            }),
            1u);
}

TEST_F(Threads, ThatTakeTheSameLockDoNot) {
  locks(a, &lock);
  EXPECT_EQ(races_with([this] {
              unlocks(a, &lock);
              locks(b, &lock);
            }),
            0u);
}

TEST_F(Threads, ThatTakeTwoLocksRace) {
  locks(a, &lock);
  EXPECT_EQ(races_with([this] {
              unlocks(a, &lock);
              locks(b, &second_lock);
            }),
            1u);
}

TEST_F(Threads, ThatShareALockRace) {
  locks(a, &lock, Act::share);
  EXPECT_EQ(races_with([this] {
              unlocks(a, &lock, Act::share);
              locks(b, &lock, Act::share);
            }),
            1u);
}

TEST_F(Threads, OneOfWhichHasALockForItselfAfterReadersDoNot) {
  locks(a, &lock, Act::share);
  EXPECT_EQ(races_with([this] {
              unlocks(a, &lock, Act::share);
              locks(b, &lock);
            }),
            0u);
}

TEST_F(Threads, ThatAreCreatedAndJoinedDoNot) {
  does(main, increment, &value);
  detector.creates(main, c);
  does(c, increment, &value);
  detector.ends(c);
  detector.joins(main, c);
  does(main, increment, &value);
  EXPECT_THAT(found, IsEmpty());
}

TEST_F(Threads, ThatAreCreatedBeforeRace) {
  does(main, increment, &value);
  does(a, increment, &value);
  EXPECT_THAT(found, SizeIs(1));
}

// A new thread gets the stack of one that has ended.
TEST_F(Threads, ThatBeginAfterAnotherHasEndedDoNot) {
  does(a, increment, &value);
  detector.ends(a);
  detector.creates(main, c);
  does(c, increment, &value);
  EXPECT_THAT(found, IsEmpty());
}

TEST_F(Threads, ThatUseAtomicsDoNotAndAreOrderedByThem) {
  does(a, increment, &value);
  does(a, lock_increment, &other);
  does(b, lock_increment, &other);
  does(b, increment, &value);
  EXPECT_THAT(found, IsEmpty());
  EXPECT_THAT(detector.conflicts(), testing::Not(IsEmpty()))
      << "they could come the other way round";
}

TEST_F(Threads, OneOfWhichUsesNoAtomicRace) {
  does(a, lock_increment, &value);
  does(b, increment, &value);
  EXPECT_THAT(found, SizeIs(1));
}

// C's atomics: the loads look like any other.
TEST_F(Threads, ThatLoadWhatAtomicsChangeDoNot) {
  does(a, load, &value);
  does(b, lock_increment, &value);
  does(a, load, &value);
  EXPECT_THAT(found, IsEmpty());
  EXPECT_THAT(detector.uncertain(), IsEmpty());
}

// A store and a load may be atomics that order what is around them.
TEST_F(Threads, ThatMayUseAtomicsPerhapsRace) {
  does(a, increment, &value);
  does(a, store, &other);
  does(b, load, &other);
  does(b, increment, &value);
  EXPECT_THAT(found, IsEmpty());
  EXPECT_THAT(detector.uncertain(), SizeIs(2));
}

TEST_F(Threads, ThatUseWhatIsFreedRace) {
  does(a, load, &value);
  detector.frees(b, &value, sizeof value, reinterpret_cast<const void*>(0x50));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_TRUE(found[0].later.frees);
}

TEST_F(Threads, ThatUseMemoryAgainDoNot) {
  does(a, increment, &value);
  detector.releases_to(a, &lock, ReleaseKind::merge);
  detector.acquires_from(main, &lock);
  detector.frees(main, &value, sizeof value, nullptr);
  does(b, increment, &value);
  EXPECT_THAT(found, IsEmpty());
}

// A function-local static: all threads read its guard's first byte, and do not wait.
TEST_F(Threads, ThatSeeThatAStaticIsMadeDoNot) {
  std::uint64_t guard = 0;
  does(a, increment, &value);
  detector.releases_to(a, &guard, ReleaseKind::visible_to_loads);
  does(b, load, &guard);
  does(b, increment, &value);
  EXPECT_THAT(found, IsEmpty());
}

TEST_F(Threads, ThatConflictUnderOneLockAreNotToBeTriedTheOtherWayRound) {
  locks(a, &lock);
  does(a, increment, &value);
  unlocks(a, &lock);
  locks(b, &lock);
  does(b, increment, &value);
  EXPECT_THAT(detector.conflicts(), IsEmpty()) << "the lock itself is, if its calls are known";
}

TEST_F(Threads, ThatLockARecursiveMutexTwiceHoldItUntilTheSecondUnlock) {
  locks(a, &lock);
  locks(a, &lock);
  unlocks(a, &lock);
  does(a, increment, &value);
  unlocks(a, &lock);
  locks(b, &lock);
  does(b, increment, &value);
  EXPECT_THAT(detector.conflicts(), IsEmpty());
}

TEST_F(Threads, ThatLockAtKnownCallsConflictThere) {
  const auto* const first = reinterpret_cast<const void*>(0x60);
  const auto* const second = reinterpret_cast<const void*>(0x70);
  detector.locks(a, {Act::lock, &lock, first}, {});
  unlocks(a, &lock);
  detector.locks(b, {Act::lock, &lock, second}, {});
  EXPECT_THAT(detector.conflicts(), testing::ElementsAre(Conflict{{first, true}, {second, true}}));
}

}  // namespace
}  // namespace surisim::races
