// A hash table of flows, with linear probing, and lists of flows by row.
#include "capture/flow_table.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "abi/host.hpp"
#include "capture/captured_flow.hpp"
#include "threads/flow_pool.hpp"

namespace surisim::engine {
namespace {

constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;  // 2^64 divided by the golden ratio
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

bool shares_row(const decode::FlowKey& key) {
  return !key.ipv6 && key.proto != IPPROTO_TCP && key.proto != IPPROTO_UDP;
}

std::uint32_t row_of(const decode::FlowKey& key) {
  if (!shares_row(key)) return hash_of(key);
  decode::FlowKey without_ports = key;
  without_ports.sp = without_ports.dp = 0;
  return hash_of(without_ports);
}

FlowTable::FlowTable() : slots_(std::size_t{1} << kFirstBits), shift_(64 - kFirstBits) {}

// All flows of a worker have the same low bits of the hash, which picked the worker.
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

// Entries after the gap move up, so that searches do not end at the gap.
void FlowTable::erase(TrackedFlow* entry) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t gap = home_of(entry->hash);
  while (slots_[gap].entry != entry) gap = (gap + 1) & mask;
  for (std::size_t at = (gap + 1) & mask; slots_[at].entry != nullptr; at = (at + 1) & mask) {
    const std::size_t home = home_of(slots_[at].hash);
    if (((at - home) & mask) < ((at - gap) & mask)) continue;  // its home comes after the gap
    slots_[gap] = slots_[at];
    gap = at;
  }
  slots_[gap] = {};
  spare_.push_back(entry);
  --size_;
}

void SharedRows::insert(TrackedFlow& flow, std::int64_t until) {
  Row& row = rows_[row_of(flow.key)];
  row.until = row.newest == nullptr ? until : std::min(row.until, until);
  flow.older = row.newest;
  if (flow.older != nullptr) flow.older->newer = &flow;
  row.newest = &flow;
}

void SharedRows::erase(TrackedFlow& flow) {
  if (flow.older != nullptr) flow.older->newer = flow.newer;
  if (flow.newer != nullptr) {
    flow.newer->older = flow.older;
  } else if (flow.older != nullptr) {
    rows_[row_of(flow.key)].newest = flow.older;
  } else {
    rows_.erase(row_of(flow.key));
  }
  flow.older = flow.newer = nullptr;
}

std::vector<TrackedFlow*> SharedRows::late_before(std::uint32_t row_number, const TrackedFlow* own,
                                                  std::int64_t now) {
  std::vector<TrackedFlow*> late;
  const auto found = rows_.find(row_number);
  if (found == rows_.end() || now < found->second.until) return late;
  std::int64_t until = std::numeric_limits<std::int64_t>::max();
  TrackedFlow* flow = found->second.newest;
  for (; flow != nullptr && flow != own; flow = flow->older) {
    if (is_timed_out(*flow->flow, now)) {
      late.push_back(flow);
    } else {
      until = std::min(until, times_out_at(*flow->flow));
    }
  }
  if (flow == nullptr) found->second.until = until;
  return late;
}

std::uint32_t RowHeads::row_of(const TrackedFlow& flow) const {
  return abi::in_flow().flow_hash(*flow.flow) % rows_;
}

void RowHeads::build(const FlowTable& flows, std::uint32_t rows) {
  rows_ = rows;
  std::vector<TrackedFlow*> all;
  all.reserve(flows.size());
  flows.for_each([&all](TrackedFlow& flow) { all.push_back(&flow); });
  std::sort(all.begin(), all.end(), [](const TrackedFlow* a, const TrackedFlow* b) {
    return side_of(a->flow)->number < side_of(b->flow)->number;
  });
  for (TrackedFlow* const flow : all) insert(*flow);
}

void RowHeads::insert(TrackedFlow& flow) {
  TrackedFlow*& head = heads_[row_of(flow)];
  flow.before_in_row = nullptr;
  flow.after_in_row = head;
  if (head != nullptr) head->before_in_row = &flow;
  head = &flow;
}

void RowHeads::erase(TrackedFlow& flow) {
  if (flow.after_in_row != nullptr) flow.after_in_row->before_in_row = flow.before_in_row;
  if (flow.before_in_row != nullptr) {
    flow.before_in_row->after_in_row = flow.after_in_row;
  } else if (flow.after_in_row != nullptr) {
    heads_[row_of(flow)] = flow.after_in_row;
  } else {
    heads_.erase(row_of(flow));
  }
}

TrackedFlow* RowHeads::of(std::uint32_t row) const {
  const auto head = heads_.find(row);
  return head == heads_.end() ? nullptr : head->second;
}

}  // namespace surisim::engine
