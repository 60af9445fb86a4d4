// One worker's flows by key, with what is known of each beside Suricata's own struct.
//
// When:    while packets come; what is left is taken out in the shutdown.
// Owner:   the table owns its entries, not their flows. An entry stays where it is until erased.
// Threads: the flow's worker; in the shutdown the shutting-down thread.
// Source:  flow-hash.c (FlowGetHash, FlowCompare); T1.
#pragma once

#include <suricata/flow.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "capture/tcp_session.hpp"
#include "decode/decode.hpp"

namespace surisim::engine {

// The same for both directions of a flow. It also picks the flow's worker.
std::uint32_t hash_of(const decode::FlowKey& key);

struct TrackedFlow {
  decode::FlowKey key;
  std::uint32_t hash = 0;
  Flow* flow = nullptr;
  TcpSession tcp;  // of a TCP flow
};

class FlowTable {
 public:
  FlowTable();

  // Null: there is none. `one_way`: the other direction is another flow.
  TrackedFlow* find(const decode::FlowKey& key, std::uint32_t hash, bool one_way) const;
  // The key must not be there.
  TrackedFlow& insert(const decode::FlowKey& key, std::uint32_t hash, Flow* flow);
  // Ends the entry; its memory is used again.
  void erase(TrackedFlow* entry);

  std::size_t size() const { return size_; }
  // Calls `visit` with each entry; entries must not come or go meanwhile.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.entry != nullptr) visit(*slot.entry);
    }
  }

 private:
  struct Slot {
    TrackedFlow* entry = nullptr;
    std::uint32_t hash = 0;
  };
  std::size_t home_of(std::uint32_t hash) const;
  void place(Slot slot);
  void grow();

  std::vector<Slot> slots_;  // a power of two of them, at most half used; linear probing
  unsigned shift_;           // of a 64-bit product, down to an index
  std::size_t size_ = 0;
  std::deque<TrackedFlow> entries_;
  std::vector<TrackedFlow*> spare_;
};

}  // namespace surisim::engine
