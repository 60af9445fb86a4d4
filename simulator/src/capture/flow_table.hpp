// One worker's flows: by key, each with its TCP session (FlowTable), and by row of Suricata's flow
// hash (SharedRows, RowHeads).
//
// When:    for each packet; the shutdown takes out the flows that are left.
// Owner:   each CapturedWorker owns its tables. A FlowTable owns its entries, not their flows; an
//          entry stays where it is until erased. The others refer to its entries.
// Threads: the worker; in the shutdown the thread that shuts down.
// Source:  flow-hash.c (FlowGetHash, FlowCompare, FlowGetFlowFromHash, FlowGetUsedFlow); T12, T17.
#pragma once

#include <suricata/flow.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "capture/captured_flow.hpp"
#include "capture/tcp_session.hpp"
#include "decode/decode.hpp"

namespace surisim::engine {

// A hash of the whole key, the same for both directions of a flow.
std::uint32_t hash_of(const decode::FlowKey& key);
// Whether flows of the same two hosts share a row of Suricata's hash, which ignores their ports
// (T17).
bool shares_row(const decode::FlowKey& key);
// The hash that selects the row. It also picks the flow's worker, and is the flow_hash of the
// Packet and the Flow.
std::uint32_t row_of(const decode::FlowKey& key);

struct TrackedFlow {
  decode::FlowKey key;
  std::uint32_t hash = 0;
  Flow* flow = nullptr;
  TcpSession tcp;  // of a TCP flow
  // Its neighbours in a shared row (SharedRows).
  TrackedFlow* newer = nullptr;
  TrackedFlow* older = nullptr;
  // Its neighbours in any row (RowHeads); the newer one is before it.
  TrackedFlow* before_in_row = nullptr;
  TrackedFlow* after_in_row = nullptr;
};

class FlowTable {
 public:
  FlowTable();

  // Null: there is no such flow. `one_way`: the other direction is a different flow.
  TrackedFlow* find(const decode::FlowKey& key, std::uint32_t hash, bool one_way) const;
  // The table must not have the key yet.
  TrackedFlow& insert(const decode::FlowKey& key, std::uint32_t hash, Flow* flow);
  // Invalidates the entry; its memory is reused.
  void erase(TrackedFlow* entry);

  std::size_t size() const { return size_; }
  // Calls `visit` with each entry; `visit` must not insert or erase.
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

  std::vector<Slot> slots_;  // a power of two; at most half are used
  unsigned shift_;           // reduces a 64-bit product to an index
  std::size_t size_ = 0;
  std::deque<TrackedFlow> entries_;
  std::vector<TrackedFlow*> spare_;
};

// The rows of Suricata's flow hash that several flows share: those of IPv4 packets other than TCP
// and UDP, whose ports are not hashed (T17). A packet that searches such a row ends the timed-out
// flows that it meets. A row is searched only if one of its flows may have timed out: many flows
// between two hosts must not make each packet slow.
class SharedRows {
 public:
  // Adds a new flow, which will not time out before `until`, µs.
  void insert(TrackedFlow& flow, std::int64_t until);
  void erase(TrackedFlow& flow);
  // The flows that have timed out at `now` and that a search of the row for `own` meets, newest
  // first. Without `own` the search goes to the row's end.
  std::vector<TrackedFlow*> late_before(std::uint32_t row, const TrackedFlow* own,
                                        std::int64_t now);

 private:
  struct Row {
    TrackedFlow* newest = nullptr;
    std::int64_t until = 0;  // no flow of the row times out before this time
  };
  std::unordered_map<std::uint32_t, Row> rows_;
};

// The newest flow of each row of Suricata's flow hash, which a worker may take under memory
// pressure (L31). Built when flow memory is full for the first time, and kept up to date from then
// on.
class RowHeads {
 public:
  bool is_built() const { return rows_ > 0; }
  // From all flows of the table. `rows`: the size of the hash.
  void build(const FlowTable& flows, std::uint32_t rows);
  void insert(TrackedFlow& flow);
  void erase(TrackedFlow& flow);
  // Null: the row has no flow of this worker.
  TrackedFlow* of(std::uint32_t row) const;

 private:
  std::uint32_t row_of(const TrackedFlow& flow) const;

  std::uint32_t rows_ = 0;
  std::unordered_map<std::uint32_t, TrackedFlow*> heads_;
};

}  // namespace surisim::engine
