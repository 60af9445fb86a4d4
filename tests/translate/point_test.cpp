// Goal: at a point the Watcher is called before the access, and nothing else changes; a thread that
// spins is noticed. Method: functions in assembly that begin with the instruction under test.
#include <execinfo.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "library.hpp"

namespace surisim::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using translate::Translation;

class Points : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = Translation::create(notes, {.spin_limit = 50});
    ASSERT_TRUE(made) << made.error().message;
    translation = std::move(*made);
    const auto added = translation->add(library.handle());
    ASSERT_TRUE(added) << added.error().message;
    ASSERT_TRUE(translation->enter_thread());
  }
  void TearDown() override { translation->leave_thread(); }

  static std::uintptr_t address(const void* place) {
    return reinterpret_cast<std::uintptr_t>(place);
  }

  Library library{"accesses"};
  Notes notes;
  std::unique_ptr<Translation> translation;
};

TEST_F(Points, AreReachedBeforeTheAccess) {
  const auto load = library.function<long(const long*, long)>("load");
  const std::uintptr_t site = library.address("load");
  ASSERT_TRUE(translation->set_point(site, true));  // before it has been translated
  std::array<long, 4> values{1, 2, 3, 4};
  notes.at_point = [](std::uintptr_t place) { *reinterpret_cast<long*>(place) = 70; };
  EXPECT_EQ(load(values.data(), 2), 70);
  ASSERT_THAT(notes.points, SizeIs(1));
  EXPECT_EQ(notes.points[0].address, address(&values[3]));
  EXPECT_EQ(notes.points[0].value, 4);
  EXPECT_EQ(notes.points[0].site.address, site);
}

TEST_F(Points, CanBeSwitchedOffAndOnAgain) {
  const auto load = library.function<long(const long*, long)>("load");
  const std::uintptr_t site = library.address("load");
  const std::array<long, 3> values{1, 2, 3};
  EXPECT_EQ(load(values.data(), 1), 3);
  EXPECT_THAT(notes.points, IsEmpty());
  for (int round = 1; round <= 3; ++round) {
    ASSERT_TRUE(translation->set_point(site, true));
    EXPECT_EQ(load(values.data(), 1), 3);
    EXPECT_THAT(notes.points, SizeIs(round));
    ASSERT_TRUE(translation->set_point(site, false));
    EXPECT_EQ(load(values.data(), 1), 3);
    EXPECT_THAT(notes.points, SizeIs(round));
  }
  EXPECT_THAT(translation->drain(), SizeIs(7));  // logged once each time, with a point or without
}

TEST_F(Points, ThatWereSwitchedOffBeforeTranslatingAreNotReached) {
  const std::uintptr_t site = library.address("load");
  ASSERT_TRUE(translation->set_point(site, true));
  ASSERT_TRUE(translation->set_point(site, false));
  const std::array<long, 3> values{1, 2, 3};
  EXPECT_EQ(library.function<long(const long*, long)>("load")(values.data(), 0), 2);
  EXPECT_THAT(notes.points, IsEmpty());
}

TEST_F(Points, StayOffWhenAnotherFunctionIsTranslated) {
  const std::uintptr_t site = library.address("load");
  for (int i = 0; i < 100000; ++i) {  // as often as one likes
    ASSERT_TRUE(translation->set_point(site, true));
    ASSERT_TRUE(translation->set_point(site, false));
  }
  ASSERT_TRUE(translation->set_point(site, true));
  const auto load = library.function<long(const long*, long)>("load");
  const std::array<long, 3> values{1, 2, 3};
  EXPECT_EQ(load(values.data(), 1), 3);
  ASSERT_TRUE(translation->set_point(site, false));
  EXPECT_EQ(library.function<long()>("seven")(), 7);
  EXPECT_EQ(load(values.data(), 1), 3);
  EXPECT_THAT(notes.points, SizeIs(1));
}

TEST_F(Points, SplitAnIncrement) {
  const auto increment = library.function<void(long*)>("increment");
  ASSERT_TRUE(translation->set_point(library.address("increment"), true));
  long value = 5;
  // Another thread's increment comes between the load and the store, and is lost.
  notes.at_point = [](std::uintptr_t place) { ++*reinterpret_cast<long*>(place); };
  increment(&value);
  EXPECT_EQ(value, 6);
  ASSERT_THAT(notes.points, SizeIs(1));
  EXPECT_EQ(notes.points[0].address, address(&value));
  EXPECT_EQ(notes.points[0].value, 5);
  EXPECT_THAT(translation->drain(), SizeIs(1));
}

TEST_F(Points, KeepTheFlagsOfASplitInstruction) {
  const auto half = library.function<int(unsigned char*)>("half");
  ASSERT_TRUE(translation->set_point(library.address("half"), true));
  std::array<unsigned char, 8> bytes{1, 2, 3, 4, 5, 7, 7, 8};
  EXPECT_EQ(half(bytes.data()), 1);
  EXPECT_EQ(bytes[5], 3);
  bytes[5] = 8;
  EXPECT_EQ(half(bytes.data()), 0);
  EXPECT_EQ(bytes[5], 4);
  EXPECT_THAT(notes.points, SizeIs(2));
}

TEST_F(Points, DoNotSplitALockedInstruction) {
  const auto increment = library.function<void(long*)>("lock_increment");
  ASSERT_TRUE(translation->set_point(library.address("lock_increment"), true));
  long value = 5;
  notes.at_point = [](std::uintptr_t place) { ++*reinterpret_cast<long*>(place); };
  increment(&value);
  EXPECT_EQ(value, 7);
  ASSERT_THAT(notes.points, SizeIs(1));
  EXPECT_TRUE(notes.points[0].site.locked);
}

TEST_F(Points, AtACallThroughMemory) {
  using Function = long();
  const auto call = library.function<long(Function**)>("call_through");
  ASSERT_TRUE(translation->set_point(library.address("call_through") + 4, true));
  std::array<Function*, 2> functions{nullptr, library.function<Function>("seven")};
  EXPECT_EQ(call(functions.data()), 8);
  ASSERT_THAT(notes.points, SizeIs(1));
  EXPECT_EQ(notes.points[0].address, address(&functions[1]));
}

TEST_F(Points, KeepErrno) {
  ASSERT_TRUE(translation->set_point(library.address("load"), true));
  notes.at_point = [](std::uintptr_t) { errno = EINVAL; };
  const std::array<long, 3> values{1, 2, 3};
  errno = ENOENT;
  library.function<long(const long*, long)>("load")(values.data(), 0);
  EXPECT_EQ(errno, ENOENT);
}

std::vector<void*>& frames() {
  static std::vector<void*> all;
  return all;
}

void note_frames(std::uintptr_t) {
  frames().resize(64);
  frames().resize(static_cast<std::size_t>(::backtrace(frames().data(), 64)));
}

// Calls the function; returns the frames around the call.
__attribute__((noinline)) std::vector<void*> frames_around(void (*function)(long*), long* value) {
  std::vector<void*> around(64);
  around.resize(static_cast<std::size_t>(::backtrace(around.data(), 64)));
  function(value);
  return around;
}

// A split point has moved the stack, another has not.
TEST_F(Points, CanBeUnwoundFrom) {
  notes.at_point = note_frames;
  for (const char* name : {"increment", "lock_increment"}) {
    const std::uintptr_t site = library.address(name);
    ASSERT_TRUE(translation->set_point(site, true));
    long value = 1;
    frames().clear();
    const std::vector<void*> around = frames_around(library.function<void(long*)>(name), &value);
    const auto in_plugin =
        std::find(frames().begin(), frames().end(), reinterpret_cast<void*>(site));
    ASSERT_NE(in_plugin, frames().end()) << name;
    // The caller's frame, in which another call is running; then all the same.
    EXPECT_EQ(std::vector<void*>(in_plugin + 2, frames().end()),
              std::vector<void*>(around.begin() + 1, around.end()))
        << name;
  }
}

Translation* g_to_drain = nullptr;
std::size_t g_drained = 0;

TEST_F(Points, CanReadTheLogBeforeThem) {
  g_to_drain = translation.get();
  notes.at_point = [](std::uintptr_t) { g_drained = g_to_drain->drain().size(); };
  std::array<long, 16> memory{};
  const auto function = library.function<long(long*, long*)>("read_write");
  function(&memory[0], &memory[8]);
  const std::uintptr_t last = translation->sites()[translation->drain().back().site].address;
  ASSERT_TRUE(translation->set_point(last, true));
  function(&memory[0], &memory[8]);
  EXPECT_EQ(g_drained, 5U);
  EXPECT_THAT(translation->drain(), SizeIs(1));
}

TEST_F(Points, AreRefusedWhereNothingIsAccessed) {
  EXPECT_FALSE(translation->set_point(address(&notes), true));
  library.function<long()>("seven")();
  EXPECT_FALSE(translation->set_point(library.address("seven"), true));
}

TEST_F(Points, ASpinningThreadIsNoticed) {
  int flag = 0;
  notes.set_when_spinning = &flag;
  library.function<void(volatile int*)>("wait_for")(&flag);
  EXPECT_EQ(notes.spins, 1);
  EXPECT_THAT(translation->drain(), SizeIs(51));  // 50 iterations, and the last check
}

TEST_F(Points, RestartTheCountOfSpins) {
  std::array<long, 200> memory{};
  const auto fill = library.function<void(long*, long)>("fill");
  fill(memory.data(), 41);
  EXPECT_EQ(notes.spins, 0);
  translation->restart_spin_count();
  fill(memory.data(), 41);
  EXPECT_EQ(notes.spins, 0);
  ASSERT_TRUE(translation->set_point(library.address("fill"), true));
  fill(memory.data(), 200);
  EXPECT_EQ(notes.spins, 0);
  ASSERT_TRUE(translation->set_point(library.address("fill"), false));
  fill(memory.data(), 200);
  EXPECT_EQ(notes.spins, 3);
}

}  // namespace
}  // namespace surisim::test
