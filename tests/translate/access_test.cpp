// Goal: each access of a translated function is logged once, in order, with its size and kind, and
// none is lost. Method: functions in assembly, whose accesses are known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "library.hpp"

namespace surisim::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using translate::Access;
using translate::Site;
using translate::Translation;

class Accesses : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = Translation::create(notes);
    ASSERT_TRUE(made) << made.error().message;
    translation = std::move(*made);
    const auto added = translation->add(library.handle());
    ASSERT_TRUE(added) << added.error().message;
    ASSERT_TRUE(translation->enter_thread());
  }
  void TearDown() override { translation->leave_thread(); }

  // "+8 rw4 locked": at this distance from `from`, reads and writes 4 bytes.
  std::vector<std::string> drained(const void* from) {
    std::vector<std::string> all;
    for (const Access& access : translation->drain()) {
      const Site& site = translation->sites()[access.site];
      std::string text =
          "+" + std::to_string(access.address - reinterpret_cast<std::uintptr_t>(from)) + " ";
      text += site.reads ? "r" : "";
      text += site.writes ? "w" : "";
      text += std::to_string(site.bytes);
      if (site.locked) text += " locked";
      if (site.repeated) text += " x" + std::to_string(access.count);
      all.push_back(text);
    }
    return all;
  }

  Library library{"accesses"};
  Notes notes;
  std::unique_ptr<Translation> translation;
};

TEST_F(Accesses, AreLoggedInOrderWithSizeAndKind) {
  std::array<long, 16> memory{};
  library.function<long(long*, long*)>("read_write")(&memory[0], &memory[8]);
  EXPECT_THAT(drained(&memory), ElementsAre("+64 r8", "+0 w8", "+80 rw4", "+3 w1", "+8 rw2 locked",
                                            "+24 rw8 locked"));
  EXPECT_THAT(translation->drain(), IsEmpty());
}

TEST_F(Accesses, OfWideVectorsHaveTheirSizeAndPlace) {
  if (__builtin_cpu_supports("avx512f") == 0) return;
  alignas(64) std::array<long, 64> memory{};
  memory[16 + 16] = 5;
  memory[16 + 3] = 7;
  library.function<void(long*)>("load_wide")(&memory[16]);
  EXPECT_THAT(drained(&memory), ElementsAre("+256 r64", "+152 r8", "+64 w64"));
  EXPECT_EQ(memory[8], 12);
}

TEST_F(Accesses, NameTheirInstruction) {
  std::array<long, 16> memory{};
  library.function<long(long*, long*)>("read_write")(&memory[0], &memory[8]);
  const auto accesses = translation->drain();
  ASSERT_THAT(accesses, SizeIs(6));
  const std::uintptr_t begin = library.address("read_write");
  const auto sites = translation->sites();
  EXPECT_EQ(sites[accesses[0].site].address, begin);
  EXPECT_EQ(sites[accesses[1].site].address, begin + 3 + 4);  // mov, add
}

TEST_F(Accesses, OfARepeatedInstructionHaveACount) {
  std::array<char, 64> memory{};
  const auto copy = library.function<void(char*, const char*, long)>("copy");
  copy(&memory[32], &memory[0], 20);
  EXPECT_THAT(drained(&memory), ElementsAre("+32 w1 x20", "+0 r1 x20"));
  copy(&memory[32], &memory[0], 0);
  EXPECT_THAT(drained(&memory), ElementsAre("+32 w1 x0", "+0 r1 x0"));
}

TEST_F(Accesses, AreNotLostWhenTheRingIsFull) {
  const auto fill = library.function<void(long*, long)>("fill");
  for (const std::size_t count : {5U, 4080U, 4081U, 4096U, 50000U}) {
    std::vector<long> memory(count);
    notes.accesses.clear();
    fill(memory.data(), static_cast<long>(count));
    const auto rest = translation->drain();
    notes.accesses.insert(notes.accesses.end(), rest.begin(), rest.end());
    ASSERT_EQ(notes.accesses.size(), count);
    for (std::size_t i = 0; i < count; ++i)
      ASSERT_EQ(notes.accesses[i].address, reinterpret_cast<std::uintptr_t>(&memory[i])) << i;
  }
}

TEST_F(Accesses, AreOfTheirThread) {
  std::array<long, 4> memory{};
  std::vector<std::string> of_other;
  const auto fill = library.function<void(long*, long)>("fill");
  std::thread other([&] {
    fill(memory.data(), 3);  // not translated, so not seen
    ASSERT_TRUE(translation->enter_thread());
    ASSERT_TRUE(translation->enter_thread());
    fill(memory.data(), 1);
    of_other = drained(memory.data());
    translation->leave_thread();
    EXPECT_THAT(translation->drain(), IsEmpty());
    fill(memory.data(), 2);
    EXPECT_THAT(translation->drain(), IsEmpty());
  });
  other.join();
  EXPECT_THAT(of_other, ElementsAre("+0 w8"));
  fill(memory.data(), 2);
  EXPECT_THAT(drained(memory.data()), ElementsAre("+0 w8", "+8 w8"));
}

TEST_F(Accesses, StayListedWhenTheLibraryIsRemoved) {
  std::array<long, 4> memory{};
  const auto fill = library.function<void(long*, long)>("fill");
  fill(memory.data(), 2);
  translation->remove(library.handle());
  fill(memory.data(), 4);  // natively
  EXPECT_THAT(drained(memory.data()), ElementsAre("+0 w8", "+8 w8"));
  ASSERT_TRUE(translation->add(library.handle()));
  fill(memory.data(), 1);
  EXPECT_THAT(drained(memory.data()), ElementsAre("+0 w8"));
}

TEST(Translation, IsOneAtATime) {
  Notes notes;
  const auto one = Translation::create(notes);
  ASSERT_TRUE(one);
  const auto other = Translation::create(notes);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().message,
            "there is a Translation already; expected one at a time in a process");
}

TEST(Translation, NeedsUnwindInformation) {
  const Library library("without_unwind_information");
  Notes notes;
  const auto translation = Translation::create(notes);
  ASSERT_TRUE(translation);
  const auto added = (*translation)->add(library.handle());
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().message, ::testing::HasSubstr("unwind information"));
}

// Simulates a system that does not allow changing code: there is no memory for it.
TEST(Translation, SaysWhatTheSystemRefuses) {
  const Library library("accesses");
  const auto said = [&] {
    Notes notes;
    const auto translation = Translation::create(notes);
    const rlimit none{0, RLIM_INFINITY};
    ::setrlimit(RLIMIT_AS, &none);
    const auto added = (*translation)->add(library.handle());
    std::fputs(added ? "added" : added.error().message.c_str(), stderr);
    std::_Exit(added || library.function<long()>("seven")() != 7 ? 1 : 0);
  };
  EXPECT_EXIT(said(), ::testing::ExitedWithCode(0),
              "accesses.so cannot be translated, because the system refuses memory for code beside "
              "it .Cannot allocate memory.; expected a system");
}

}  // namespace
}  // namespace surisim::test
