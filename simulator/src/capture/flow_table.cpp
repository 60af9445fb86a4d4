// A hash table with linear probing: finds each packet's flow, on the flow's worker.
#include "capture/flow_table.hpp"

#include <cstring>

namespace surisim::engine {

namespace {

constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;  // 2^64 by the golden ratio
constexpr unsigned kFirstBits = 10;

std::uint64_t mix_bits(std::uint64_t x) {
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
  return x ^ (x >> 32);
}

std::uint64_t end_of(const std::array<std::uint8_t, 16>& address, std::uint16_t port) {
  std::uint64_t words[2];
  std::memcpy(words, address.data(), sizeof words);
  return mix_bits(words[0] * kOdd + words[1] + port);
}

bool same_flow(const decode::FlowKey& a, const decode::FlowKey& b, bool one_way) {
  if (a.proto != b.proto || a.depth != b.depth || a.ipv6 != b.ipv6 || a.vlan != b.vlan)
    return false;
  if (a.sp == b.sp && a.dp == b.dp && a.src == b.src && a.dst == b.dst) return true;
  return !one_way && a.sp == b.dp && a.dp == b.sp && a.src == b.dst && a.dst == b.src;
}

}  // namespace

std::uint32_t hash_of(const decode::FlowKey& key) {
  const std::uint64_t rest = std::uint64_t{key.proto} << 56 | std::uint64_t{key.depth} << 48 |
                             std::uint64_t{key.vlan[0]} << 32 | std::uint64_t{key.vlan[1]} << 16 |
                             key.vlan[2];
  const std::uint64_t ends = end_of(key.src, key.sp) + end_of(key.dst, key.dp);
  return static_cast<std::uint32_t>(mix_bits(ends + rest * kOdd) >> 16);
}

FlowTable::FlowTable() : slots_(std::size_t{1} << kFirstBits), shift_(64 - kFirstBits) {}

// Workers have shared out flows by the hash itself, so its low bits are alike here.
std::size_t FlowTable::home_of(std::uint32_t hash) const {
  return static_cast<std::size_t>((hash * kOdd) >> shift_);
}

TrackedFlow* FlowTable::find(const decode::FlowKey& key, std::uint32_t hash, bool one_way) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = home_of(hash); slots_[at].entry != nullptr; at = (at + 1) & mask) {
    if (slots_[at].hash == hash && same_flow(slots_[at].entry->key, key, one_way))
      return slots_[at].entry;
  }
  return nullptr;
}

void FlowTable::place(Slot slot) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = home_of(slot.hash);
  while (slots_[at].entry != nullptr) at = (at + 1) & mask;
  slots_[at] = slot;
}

void FlowTable::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  --shift_;
  for (const Slot& slot : old) {
    if (slot.entry != nullptr) place(slot);
  }
}

TrackedFlow& FlowTable::insert(const decode::FlowKey& key, std::uint32_t hash, Flow* flow) {
  if (2 * (size_ + 1) > slots_.size()) grow();
  TrackedFlow* entry = nullptr;
  if (spare_.empty()) {
    entry = &entries_.emplace_back();
  } else {
    entry = spare_.back();
    spare_.pop_back();
  }
  *entry = {key, hash, flow, {}};
  place({entry, hash});
  ++size_;
  return *entry;
}

// Entries behind the gap move up, so that no search ends early.
void FlowTable::erase(TrackedFlow* entry) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t gap = home_of(entry->hash);
  while (slots_[gap].entry != entry) gap = (gap + 1) & mask;
  for (std::size_t at = (gap + 1) & mask; slots_[at].entry != nullptr; at = (at + 1) & mask) {
    const std::size_t home = home_of(slots_[at].hash);
    if (((at - home) & mask) < ((at - gap) & mask)) continue;  // its home lies behind the gap
    slots_[gap] = slots_[at];
    gap = at;
  }
  slots_[gap] = {};
  spare_.push_back(entry);
  --size_;
}

}  // namespace surisim::engine
