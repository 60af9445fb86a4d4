// Reading thread values without a call: only once the offset is proved, and always with the same
// results as the API. Method: a fake host keeps values at unusual offsets, and counts the calls.
#include <gmock/gmock.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <suricata_ffi/thread.hpp>
#include <vector>

#include "fake_host.hpp"

namespace {

namespace detail = suricata_ffi::detail;
using detail::ApiLayout;
using detail::kNoOffset;
using detail::Proof;
using detail::ProvedLayout;
using detail::ThreadSlot;
using fake_host::state;
using suricata_ffi::thread::ThreadStorage;
using suricata_ffi::thread::ThreadVars;

constexpr std::ptrdiff_t kPlace = offsetof(::ThreadVars, storage);
using SeenLayout = detail::SeenLayout<kPlace>;

// A proof separate from that of the wrappers in this program.
class ProofTest : public testing::Test {
 protected:
  ProofTest() { fake_host::reset(); }

  int new_slot() {
    const int id = SCThreadStorageRegister(
                       "slot", +[](void*) {})
                       .id;
    proof_.slot_registered(id);
    return id;
  }

  std::ptrdiff_t store(::ThreadVars* tv, int id, void* value) {
    EXPECT_EQ(SCThreadSetStorageById(tv, {id}, value), 0);
    proof_.value_stored(tv, id, value);
    EXPECT_EQ(SCThreadGetStorageById(tv, {id}), value) << "the proof left its own pointer there";
    return published_.load();
  }

  fake_host::Thread one_;
  fake_host::Thread two_;
  int a_ = 0;
  int b_ = 0;

 private:
  std::atomic<std::ptrdiff_t> published_{kNoOffset};
  Proof proof_{published_};
};

TEST_F(ProofTest, FindsTheOffsetWithTheFirstValue) {
  const int id = new_slot();
  EXPECT_EQ(store(one_.raw(), id, &a_), kPlace);
  EXPECT_EQ(store(two_.raw(), id, &b_), kPlace);
}

TEST_F(ProofTest, WaitsForASecondSlotIfThePluginHasSeveral) {
  const int first = new_slot();
  const int second = new_slot();
  EXPECT_EQ(store(one_.raw(), second, &a_), kNoOffset);
  EXPECT_EQ(store(two_.raw(), second, &b_), kNoOffset);
  EXPECT_EQ(store(one_.raw(), first, &b_), kPlace);
}

TEST_F(ProofTest, IsPendingAgainIfASecondSlotIsRegisteredLate) {
  const int first = new_slot();
  EXPECT_EQ(store(one_.raw(), first, &a_), kPlace);
  const int second = new_slot();
  EXPECT_EQ(store(two_.raw(), first, &a_), kNoOffset);
  EXPECT_EQ(store(two_.raw(), second, &b_), kPlace);
}

TEST_F(ProofTest, FailsPermanentlyIfValuesAreInAnotherBlock) {
  const int id = new_slot();
  auto elsewhere = std::make_unique<std::array<Storage, 16>>();
  state().thread_value = [&](::ThreadVars*, int slot) {
    return &(*elsewhere)[static_cast<std::size_t>(slot)];
  };
  EXPECT_EQ(store(one_.raw(), id, &a_), kNoOffset);
  state().thread_value = nullptr;
  EXPECT_EQ(store(two_.raw(), id, &b_), kNoOffset);
}

TEST_F(ProofTest, FailsWhenTwoWordsHoldTheValue) {
  const int id = new_slot();
  state().thread_value = [&](::ThreadVars* tv, int slot) {
    tv->outctx = &a_;
    return &tv->storage[slot];
  };
  EXPECT_EQ(store(one_.raw(), id, &a_), kNoOffset);
}

TEST_F(ProofTest, FailsIfTheApiReadsAndWritesDifferentPlaces) {
  const int id = new_slot();
  state().thread_get = [&](::ThreadVars*, void*) -> void* { return &a_; };
  EXPECT_EQ(store(one_.raw(), id, &a_), kNoOffset);
}

TEST_F(ProofTest, FailsWhenSlotsAreNotOneArrayOfPointers) {
  const int first = new_slot();
  const int second = new_slot();
  state().thread_value = [](::ThreadVars* tv, int slot) { return &tv->storage[2 * slot]; };
  EXPECT_EQ(store(one_.raw(), first, &a_), kNoOffset);
  EXPECT_EQ(store(one_.raw(), second, &b_), kNoOffset);
  state().thread_value = nullptr;
  EXPECT_EQ(store(two_.raw(), second, &b_), kNoOffset) << "permanently";
}

TEST_F(ProofTest, IsWithdrawnIfALaterThreadHasItsValuesElsewhere) {
  const int id = new_slot();
  EXPECT_EQ(store(one_.raw(), id, &a_), kPlace);
  state().thread_value = [](::ThreadVars* tv, int slot) { return &tv->storage[slot + 1]; };
  EXPECT_EQ(store(two_.raw(), id, &b_), kNoOffset);
  state().thread_value = nullptr;
  EXPECT_EQ(store(one_.raw(), id, &a_), kNoOffset);
}

// A test program may run several engines, of any version, one after another. Ids start again.
TEST_F(ProofTest, StartsAgainWithTheNextEngine) {
  int id = new_slot();
  EXPECT_EQ(store(one_.raw(), id, &a_), kPlace);
  fake_host::reset();
  state().thread_value = [](::ThreadVars* tv, int slot) { return &tv->storage[slot + 1]; };
  id = new_slot();
  EXPECT_EQ(store(two_.raw(), id, &b_), kPlace + detail::kStride);
}

TEST_F(ProofTest, RefusesAThreadVarsThatIsNotOnTheHeap) {
  const int id = new_slot();
  alignas(16) std::array<void*, sizeof(::ThreadVars) / sizeof(void*) + 16> local{};
  EXPECT_EQ(store(reinterpret_cast<::ThreadVars*>(local.data()), id, &a_), kNoOffset);
}

// These are not malloc's blocks either. The word before them is not the size of a block, or cannot
// be read.
TEST_F(ProofTest, RefusesAThreadVarsThatIsNotFromMalloc) {
  const int id = new_slot();
  constexpr std::size_t kPage = 4096;
  constexpr std::size_t kText = 0x41;
  void* const pages = mmap(nullptr, 3 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(pages, MAP_FAILED);
  auto* const alone = static_cast<std::byte*>(pages) + kPage;
  ASSERT_EQ(mprotect(alone, kPage, PROT_READ | PROT_WRITE), 0);
  std::vector<std::byte> larger(2 * kPage, std::byte{kText});
  void* inside = larger.data() + kPage / 2;
  std::size_t room = kPage;
  inside = std::align(alignof(std::max_align_t), kPage / 2, inside, room);
  std::fill_n(static_cast<std::byte*>(inside), kPage / 2, std::byte{});

  EXPECT_EQ(store(reinterpret_cast<::ThreadVars*>(alone), id, &a_), kNoOffset);
  EXPECT_EQ(store(static_cast<::ThreadVars*>(inside), id, &a_), kNoOffset);
  munmap(pages, 3 * kPage);
}

TEST_F(ProofTest, AcceptsALargeThreadVarsThatMallocHasMapped) {
  const int id = new_slot();
  constexpr std::size_t kLarge = 1u << 20;
  const std::unique_ptr<void, void (*)(void*)> block(std::calloc(1, kLarge), std::free);
  EXPECT_EQ(store(static_cast<::ThreadVars*>(block.get()), id, &a_), kPlace);
}

// A plugin compiled with the threadvars.h of a different build would read other memory.
TEST(SeenLayoutDeathTest, EndsTheProcessIfTheHostStoresElsewhereThanItsHeaderSays) {
  fake_host::reset();
  fake_host::Thread host;
  using Wrong = detail::ThreadHost<detail::SeenLayout<kPlace + 8>>;
  int value = 0;
  EXPECT_EXIT(Wrong::set(host.raw(), ThreadSlot::direct({0}), &value),
              testing::KilledBySignal(SIGABRT), "");
}

// The result of reading a handle with one of the layouts.
template <class Layout>
class AnyLayout : public testing::Test {
 protected:
  AnyLayout() { fake_host::reset(); }
};
using Layouts = testing::Types<ApiLayout, ProvedLayout, SeenLayout>;
TYPED_TEST_SUITE(AnyLayout, Layouts);

TYPED_TEST(AnyLayout, ReturnsNullForAnUnregisteredHandleWithoutCallingTheHost) {  // L18
  fake_host::Thread host;
  auto tv = ThreadVars::from_ptr(host.raw());
  const ThreadStorage<int> none;
  EXPECT_EQ(none.template get<TypeParam>(tv), nullptr);
  EXPECT_EQ(none.template get_mut<TypeParam>(tv), nullptr);
  EXPECT_EQ(state().gets, 0);
}

TYPED_TEST(AnyLayout, ReturnsNullForAnEmptySlotAndTheValueForAFullOne) {
  fake_host::Thread full;
  fake_host::Thread empty;
  auto full_tv = ThreadVars::from_ptr(full.raw());
  auto empty_tv = ThreadVars::from_ptr(empty.raw());
  const auto slot = ThreadStorage<int>::register_slot("slot");
  ASSERT_TRUE(slot.has_value());
  EXPECT_EQ(slot->template get_mut<TypeParam>(full_tv), nullptr);
  const auto made = slot->get_or_insert_with(full_tv, [] { return 7; });
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(slot->template get_mut<TypeParam>(full_tv), *made);
  EXPECT_EQ(slot->template get<TypeParam>(full_tv), *made);
  EXPECT_EQ(slot->template get_mut<TypeParam>(empty_tv), nullptr);
}

TYPED_TEST(AnyLayout, ReadsThroughTheApiIfRegisteredForThat) {
  fake_host::Thread host;
  int value = 0;
  const int id = SCThreadStorageRegister(
                     "slot", +[](void*) {})
                     .id;
  ASSERT_EQ(SCThreadSetStorageById(host.raw(), {id}, &value), 0);
  const ThreadSlot slot = ThreadSlot::through_api({id});
  EXPECT_EQ(slot.id(), id);
  EXPECT_EQ(TypeParam::get(host.raw(), slot), &value);
  EXPECT_EQ(state().gets, 1);
}

TEST(DirectRead, NeedsNoCallOnceProved) {
  fake_host::reset();
  fake_host::Thread host;
  auto tv = ThreadVars::from_ptr(host.raw());
  const auto one = ThreadStorage<int>::register_slot("one");
  const auto two = ThreadStorage<int>::register_slot("two");
  ASSERT_TRUE(one && two);
  ASSERT_TRUE(one->get_or_insert_with(tv, [] { return 1; }));
  ASSERT_TRUE(two->get_or_insert_with(tv, [] { return 2; }));
  state().gets = 0;
  EXPECT_EQ(*one->get_mut<ProvedLayout>(tv), 1);
  EXPECT_EQ(*two->get<SeenLayout>(tv), 2);
  EXPECT_EQ(state().gets, 0);
  EXPECT_EQ(*two->get<ApiLayout>(tv), 2);
  EXPECT_EQ(state().gets, 1);
}

TEST(DirectRead, IsTheDefaultUnlessSwitchedOff) {
  // The C headers seen here are surisim's, from which no offset is taken.
  EXPECT_TRUE((std::is_same_v<detail::UnitLayout, ProvedLayout>));
}

}  // namespace
