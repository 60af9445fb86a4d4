// The table of plugins' blocks: lookup by address, and what is stored about a block.
#include "check/blocks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace surisim::check {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Addresses only: the table never reads the blocks themselves.
constexpr std::uintptr_t kBlock = 0x7f12'3456'7890;
constexpr std::uintptr_t kFarAway = 0x5555'0000'0020;

void make(PlainBlocks& blocks, std::uintptr_t start) {
  PlainBlock block;
  block.size = 100;
  blocks.make(start)->set_plain(start, block);
}

BlockKind kind_of(const PlainBlocks& blocks, std::uintptr_t start) {
  const PlainBlocks::Entry* const entry = blocks.find(start);
  return entry == nullptr ? BlockKind::unknown : entry->kind(start);
}

std::vector<std::uintptr_t> all(const PlainBlocks& blocks) {
  std::vector<std::uintptr_t> starts;
  blocks.for_each([&](std::uintptr_t start, const PlainBlock&) { starts.push_back(start); });
  return starts;
}

// A value may be a pointer with a mark in its low bits, or point into its block.
TEST(PlainBlocks, AreFoundByTheirStartOnly) {
  PlainBlocks blocks;
  make(blocks, kBlock);
  EXPECT_EQ(kind_of(blocks, kBlock), BlockKind::plain);
  for (const std::uintptr_t off : {1, 8, 16, 32, 100}) {
    EXPECT_EQ(kind_of(blocks, kBlock + off), BlockKind::unknown) << off;
    EXPECT_EQ(kind_of(blocks, kBlock - off), BlockKind::unknown) << off;
  }
}

TEST(PlainBlocks, KeepTheDetailsOfTheLargestAndTheSmallest) {
  PlainBlocks blocks;
  PlainBlock most;
  most.size = PlainBlock::kLargest + 1;
  most.caller = reinterpret_cast<const void*>(0x7fff'ffff'fff1);
  most.flow = (std::uint64_t{1} << 40) - 1;
  most.plugin = 0xffffffff;
  most.moment = 0xffffff;
  most.made_in = static_cast<JournalCallback>(0xff);
  most.must_be_freed = true;
  blocks.make(kBlock)->set_plain(kBlock, most);
  const PlainBlock kept = blocks.find(kBlock)->block();
  EXPECT_EQ(kept.size, PlainBlock::kLargest);
  EXPECT_EQ(kept.caller, most.caller);
  EXPECT_EQ(kept.flow, most.flow);
  EXPECT_EQ(kept.plugin, PlainBlock::kNoPlugin);
  EXPECT_EQ(kept.moment, most.moment);
  EXPECT_EQ(kept.made_in, most.made_in);
  EXPECT_TRUE(kept.must_be_freed);

  blocks.make(kBlock)->set_plain(kBlock, PlainBlock{});
  const PlainBlock least = blocks.find(kBlock)->block();
  EXPECT_EQ(least.size, 0u);
  EXPECT_EQ(least.caller, nullptr);
  EXPECT_EQ(least.flow, 0u);
  EXPECT_FALSE(least.must_be_freed);
}

TEST(PlainBlocks, AreAllListedWhateverTheirPlace) {
  PlainBlocks blocks;
  EXPECT_THAT(all(blocks), IsEmpty());
  make(blocks, kFarAway);
  make(blocks, kBlock);       // its address divided by 16 is odd,
  make(blocks, kBlock + 48);  // and this one's even
  EXPECT_THAT(all(blocks), ElementsAre(kFarAway, kBlock, kBlock + 48));
}

TEST(PlainBlocks, AreNotListedOnceTheyAreForgottenOrMoreIsKnown) {
  PlainBlocks blocks;
  make(blocks, kBlock);
  make(blocks, kFarAway);
  blocks.find(kBlock)->forget();
  blocks.find(kFarAway)->set_other(kFarAway);
  EXPECT_EQ(kind_of(blocks, kBlock), BlockKind::unknown);
  EXPECT_EQ(kind_of(blocks, kFarAway), BlockKind::other);
  EXPECT_THAT(all(blocks), IsEmpty());
}

TEST(PlainBlocks, NoAddressIsTooHighOrTooLow) {
  PlainBlocks blocks;
  EXPECT_EQ(kind_of(blocks, 0), BlockKind::unknown);
  EXPECT_EQ(kind_of(blocks, ~std::uintptr_t{15}), BlockKind::unknown);
  EXPECT_EQ(blocks.make(~std::uintptr_t{15}), nullptr);
}

}  // namespace
}  // namespace surisim::check
