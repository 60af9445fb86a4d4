// Goal: the table finds exactly what was inserted, in either direction, however it grows and
// shrinks. Method: comparison with a model, and each part of T1's key changed.
#include "capture/flow_table.hpp"

#include <gmock/gmock.h>

#include <map>
#include <random>

namespace surisim::engine {
namespace {

decode::FlowKey key_of(std::uint32_t n) {
  decode::FlowKey key;
  key.src = {10, 0, 0, 1};
  key.dst = {10, 1, static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)};
  key.sp = static_cast<std::uint16_t>(1024 + (n >> 16));
  key.dp = 53;
  key.proto = 17;
  return key;
}

decode::FlowKey turned(decode::FlowKey key) {
  std::swap(key.src, key.dst);
  std::swap(key.sp, key.dp);
  return key;
}

TEST(FlowTable, T1_FindsAFlowInEitherDirection) {
  FlowTable table;
  const decode::FlowKey key = key_of(1);
  TrackedFlow& flow = table.insert(key, hash_of(key), nullptr);
  EXPECT_EQ(hash_of(turned(key)), hash_of(key));
  EXPECT_EQ(table.find(key, hash_of(key), false), &flow);
  EXPECT_EQ(table.find(turned(key), hash_of(key), false), &flow);
  EXPECT_EQ(table.find(turned(key), hash_of(key), true), nullptr) << "T9: one way only";
}

TEST(FlowTable, T1_EveryPartOfTheKeyMatters) {
  FlowTable table;
  const decode::FlowKey key = key_of(1);
  table.insert(key, hash_of(key), nullptr);
  const auto missing = [&](auto change) {
    decode::FlowKey other = key;
    change(other);
    return table.find(other, hash_of(key), false) == nullptr;
  };
  EXPECT_TRUE(missing([](auto& k) { k.src[3] = 9; }));
  EXPECT_TRUE(missing([](auto& k) { k.dst[15] = 9; }));
  EXPECT_TRUE(missing([](auto& k) { k.sp = 9; }));
  EXPECT_TRUE(missing([](auto& k) { k.dp = 9; }));
  EXPECT_TRUE(missing([](auto& k) { k.vlan[2] = 9; }));
  EXPECT_TRUE(missing([](auto& k) { k.proto = 6; }));
  EXPECT_TRUE(missing([](auto& k) { k.depth = 1; }));
  EXPECT_TRUE(missing([](auto& k) { k.ipv6 = true; }));
}

TEST(FlowTable, AgreesWithAModelThroughGrowthAndErasure) {
  FlowTable table;
  std::map<std::uint32_t, TrackedFlow*> model;
  std::mt19937 dice(7);
  for (int step = 0; step < 200'000; ++step) {
    const auto n = static_cast<std::uint32_t>(dice() % 5000);
    const decode::FlowKey key = key_of(n);
    // Few hashes, so that many keys collide.
    const std::uint32_t hash = hash_of(key) % 512;
    const auto known = model.find(n);
    TrackedFlow* const found = table.find(key, hash, false);
    ASSERT_EQ(found, known == model.end() ? nullptr : known->second);
    if (found == nullptr) {
      model[n] = &table.insert(key, hash, nullptr);
    } else if (step % 3 != 0) {
      table.erase(found);
      model.erase(known);
    }
    ASSERT_EQ(table.size(), model.size());
  }
  std::size_t visited = 0;
  table.for_each([&](const TrackedFlow&) { ++visited; });
  EXPECT_EQ(visited, model.size());
}

}  // namespace
}  // namespace surisim::engine
