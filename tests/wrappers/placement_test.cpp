// No false sharing between workers. Method: addresses. Values of many threads are created in
// several orders, with a fragmented heap, and no line pair of 128 bytes may belong to two of them,
// or to another block.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <suricata_ffi/thread.hpp>
#include <vector>

#include "fake_host.hpp"
#include "values.hpp"

namespace {

using suricata_ffi::detail::kLinePair;
using suricata_ffi::detail::ValueMemory;
using suricata_ffi::thread::ThreadStorage;
using suricata_ffi::thread::ThreadVars;

constexpr int kThreads = 8;
constexpr int kSlots = 4;

// The allocations around the values, and the owner of each line pair.
class Lines {
 public:
  void claim(const void* begin, std::size_t size, int owner) {
    const auto at = reinterpret_cast<std::uintptr_t>(begin);
    for (std::uintptr_t line = at / kLinePair; line <= (at + size - 1) / kLinePair; ++line) {
      const auto [known, is_new] = owner_.try_emplace(line, owner);
      if (known->second != owner) shared_.push_back(line * kLinePair);
    }
  }
  const std::vector<std::uintptr_t>& shared() const { return shared_; }

 private:
  std::map<std::uintptr_t, int> owner_;
  std::vector<std::uintptr_t> shared_;
};

// Small blocks of which every second one is freed, so that the next allocations are scattered.
class Holes {
 public:
  Holes() {
    for (std::size_t i = 0; i < 2000; ++i) blocks_.push_back(std::make_unique<char[]>(8 + i % 200));
    for (std::size_t i = 0; i < blocks_.size(); i += 2) blocks_[i].reset();
  }

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
};

enum class Order { thread_by_thread, slot_by_slot, backwards };

template <class T>
void expect_own_lines(Order order) {
  fake_host::reset();
  const Holes holes;
  std::vector<ThreadStorage<T>> slots;
  for (int i = 0; i < kSlots; ++i) {
    const auto slot = ThreadStorage<T>::register_slot("slot");
    ASSERT_TRUE(slot.has_value());
    slots.push_back(*slot);
  }
  std::vector<std::pair<int, int>> pairs;  // thread, slot
  for (int thread = 0; thread < kThreads; ++thread) {
    for (int slot = 0; slot < kSlots; ++slot) pairs.emplace_back(thread, slot);
  }
  if (order == Order::slot_by_slot) {
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const auto& a, const auto& b) { return a.second < b.second; });
  }
  if (order == Order::backwards) std::reverse(pairs.begin(), pairs.end());

  std::array<fake_host::Thread, kThreads> threads;
  std::vector<std::unique_ptr<char>> others;
  Lines lines;
  for (const auto& [thread, slot] : pairs) {
    auto tv = ThreadVars::from_ptr(threads[static_cast<std::size_t>(thread)].raw());
    const auto value =
        slots[static_cast<std::size_t>(slot)].get_or_insert_with(tv, [] { return T(); });
    ASSERT_TRUE(value.has_value());
    lines.claim(*value, sizeof(T), thread);
    others.push_back(std::make_unique<char>());
    lines.claim(others.back().get(), 1, kThreads);
  }
  EXPECT_THAT(lines.shared(), testing::IsEmpty());
}

template <class T>
class ThreadValuePlace : public testing::Test {};

using Kinds = testing::Types<char, std::uint64_t, std::array<char, 63>, std::array<char, 64>,
                             std::array<char, 65>, std::array<char, 129>, test::TwoLines,
                             test::Page, test::MiB>;
TYPED_TEST_SUITE(ThreadValuePlace, Kinds);

TYPED_TEST(ThreadValuePlace, IsSharedWithNoOtherThreadInAnyOrderOfCreation) {
  expect_own_lines<TypeParam>(Order::thread_by_thread);
  expect_own_lines<TypeParam>(Order::slot_by_slot);
  expect_own_lines<TypeParam>(Order::backwards);
}

TYPED_TEST(ThreadValuePlace, StartsAndEndsAtALinePair) {  // so no allocator can put two on one
  using Memory = ValueMemory<TypeParam, kLinePair>;
  static_assert(Memory::kAlignment % kLinePair == 0 && Memory::kAlignment >= alignof(TypeParam));
  static_assert(Memory::kSize % kLinePair == 0 && Memory::kSize >= sizeof(TypeParam));
  static_assert(Memory::kSize - sizeof(TypeParam) < kLinePair);
}

TEST(ThreadValues, AreSeparatedByTwoLinesOf64Bytes) {
  using Host = suricata_ffi::detail::ThreadHost<suricata_ffi::detail::ApiLayout>;
  EXPECT_EQ(Host::kLine, 128u);
}

}  // namespace
