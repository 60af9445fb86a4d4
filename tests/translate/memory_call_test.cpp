// Goal: what the C library's functions read and write for the plugin is logged at the call, like
// its own accesses, and threads can switch there. Method: a library that calls them.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "library.hpp"

namespace surisim::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using translate::Access;
using translate::Site;
using translate::Translation;

class KnowsCaller : public Notes {
 public:
  std::uintptr_t enclosing_call(std::uintptr_t, bool) override { return call; }
  std::uintptr_t call = 0;
};

class MemoryCalls : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = Translation::create(notes);
    ASSERT_TRUE(made) << made.error().message;
    translation = std::move(*made);
    std::copy_n(linkage(), before.size(), before.begin());
    ASSERT_TRUE(translation->add(library.handle()));
    ASSERT_TRUE(translation->enter_thread());
  }
  void TearDown() override { translation->leave_thread(); }

  // "memcpy reads 3", of those that are at a call.
  std::vector<std::string> drained() {
    std::vector<std::string> all;
    for (const Access& access : translation->drain()) {
      const Site& site = translation->sites()[access.site];
      if (site.function == nullptr) continue;
      last = site;
      EXPECT_TRUE(site.repeated);
      EXPECT_EQ(site.bytes, 1);
      all.push_back(std::string(site.function) + (site.writes ? " writes " : " reads ") +
                    std::to_string(access.count));
      EXPECT_EQ(access.address,
                reinterpret_cast<std::uintptr_t>(site.writes ? to.data() : from.data()));
    }
    return all;
  }
  // The library's table of other libraries' functions, which is not read-only.
  std::uintptr_t* linkage() const {
    const link_map* map = nullptr;
    EXPECT_EQ(::dlinfo(library.handle(), RTLD_DI_LINKMAP, static_cast<void*>(&map)), 0);
    for (const auto* entry = map->l_ld; entry->d_tag != DT_NULL; ++entry)
      if (entry->d_tag == DT_PLTGOT) return reinterpret_cast<std::uintptr_t*>(entry->d_un.d_ptr);
    ADD_FAILURE();
    return nullptr;
  }
  using Copy = void*(void*, const void*, std::size_t);
  using Fill = void(void*, std::size_t);

  std::array<char, 16> to{};
  std::array<char, 16> from{"0123456789"};
  Site last{};
  std::array<std::uintptr_t, 5> before{};  // of it; the first 3 are the linker's
  Library library{"memory_calls"};
  KnowsCaller notes;
  std::unique_ptr<Translation> translation;
};

TEST_F(MemoryCalls, AreLoggedAtTheCall) {
  EXPECT_EQ(library.function<Copy>("copy")(to.data(), from.data(), 3), to.data());
  EXPECT_STREQ(to.data(), "012");
  EXPECT_THAT(drained(), ElementsAre("memcpy reads 3", "memcpy writes 3"));
  EXPECT_GT(last.address, library.address("copy"));
  EXPECT_LT(last.address, library.address("copy") + 32);
}

TEST_F(MemoryCalls, OfOtherThreadsAndLibrariesAreNotLogged) {
  std::memcpy(to.data(), from.data(), from.size());
  EXPECT_THAT(drained(), IsEmpty());
  translation->leave_thread();
  library.function<Copy>("copy")(to.data(), from.data(), 3);
  ASSERT_TRUE(translation->enter_thread());
  EXPECT_THAT(drained(), IsEmpty());
}

TEST_F(MemoryCalls, ThatAreJumpsAreLoggedWhereTheWatcherSays) {
  const auto fill = library.function<Fill>("fill");
  fill(to.data(), 4);
  EXPECT_THAT(drained(), IsEmpty());
  notes.call = library.address("fill") + 1;
  fill(to.data(), 4);
  EXPECT_THAT(drained(), ElementsAre("memset writes 4"));
  EXPECT_EQ(last.address, library.address("fill"));
}

TEST_F(MemoryCalls, CanBePoints) {
  const auto copy = library.function<Copy>("copy");
  copy(to.data(), from.data(), 3);
  (void)drained();
  ASSERT_TRUE(translation->set_point(last.address, true));
  copy(to.data(), from.data(), 3);
  ASSERT_THAT(notes.points, SizeIs(2));
  EXPECT_EQ(notes.points[0].address, reinterpret_cast<std::uintptr_t>(from.data()));
  EXPECT_STREQ(notes.points[1].site.function, "memcpy");
  ASSERT_TRUE(translation->set_point(last.address, false));
  copy(to.data(), from.data(), 3);
  EXPECT_THAT(notes.points, SizeIs(2));
}

// Whoever puts a plugin's variables back puts back its linkage table, too.
TEST_F(MemoryCalls, AreSeenAgainWhenTheLibraryIsAddedAgain) {
  std::copy(before.begin(), before.end(), linkage());
  library.function<Copy>("copy")(to.data(), from.data(), 3);
  EXPECT_THAT(drained(), IsEmpty());
  ASSERT_TRUE(translation->add(library.handle()));
  library.function<Copy>("copy")(to.data(), from.data(), 3);
  EXPECT_THAT(drained(), SizeIs(2));
}

TEST_F(MemoryCalls, AreManyWithoutLosingOne) {
  const auto copy = library.function<Copy>("copy");
  std::size_t logged = 0;
  for (int i = 0; i < 10'000; ++i) copy(to.data(), from.data(), 3);
  for (const Access& access : notes.accesses)
    if (translation->sites()[access.site].function != nullptr) ++logged;
  EXPECT_EQ(logged + drained().size(), 20'000u);
}

}  // namespace
}  // namespace surisim::test
