// One worker's flows of a capture file: by key, each with its TCP session (FlowTable), and by the
// row of Suricata's flow hash (SharedRows, RowHeads).
//
// When:    for each packet of a capture file; the shutdown takes out the flows that are left.
// Owner:   each worker has its own. The table owns its entries, not their flows; an entry stays
//          where it is until erased.
// Threads: the worker; in the shutdown the thread that shuts down.
// Source:  flow-hash.c (FlowGetHash, FlowCompare).
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

// Of the whole key; the same for both directions of a flow.
std::uint32_t hash_of(const decode::FlowKey& key);
// Whether other flows lie in the same row of Suricata's hash, because ports are not hashed (T17).
bool shares_row(const decode::FlowKey& key);
// The row's hash. It also picks the flow's worker, and is the packet's and the flow's flow_hash.
std::uint32_t row_of(const decode::FlowKey& key);

struct TrackedFlow {
  decode::FlowKey key;
  std::uint32_t hash = 0;
  Flow* flow = nullptr;
  TcpSession tcp;  // of a TCP flow
  // The next flows in the row, if it is shared (SharedRows).
  TrackedFlow* newer = nullptr;
  TrackedFlow* older = nullptr;
  // The flows next to it in the row, the newer one before it (RowHeads).
  TrackedFlow* before_in_row = nullptr;
  TrackedFlow* after_in_row = nullptr;
};

class FlowTable {
 public:
  FlowTable();

  // Null: no such flow. `one_way`: packets of the other direction belong to another flow.
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

  std::vector<Slot> slots_;  // their number is a power of two; at most half are used
  unsigned shift_;           // reduces a 64-bit product to an index
  std::size_t size_ = 0;
  std::deque<TrackedFlow> entries_;
  std::vector<TrackedFlow*> spare_;
};

// The rows of Suricata's flow hash in which several flows lie: those of IPv4 packets that are
// neither TCP nor UDP, whose ports are not hashed (T17). A packet that searches such a row ends the
// timed-out flows that it meets.
//
// When:    for each packet of such a flow.
// Owner:   each worker has its own; the entries are those of its FlowTable.
// Threads: the worker.
// Source:  flow-hash.c (FlowGetHash, FlowGetFlowFromHash); T12, T17.

class SharedRows {
 public:
  // A new flow, which will not time out before `until`, µs.
  void insert(TrackedFlow& flow, std::int64_t until);
  void erase(TrackedFlow& flow);
  // The flows that have timed out at `now` and that a search of the row meets before `own`, newest
  // first; null: it goes to the row's end. They stay until erased.
  std::vector<TrackedFlow*> late_before(std::uint32_t row, const TrackedFlow* own,
                                        std::int64_t now);

 private:
  struct Row {
    TrackedFlow* newest = nullptr;
    std::int64_t until = 0;  // no flow of the row times out before
  };
  std::unordered_map<std::uint32_t, Row> rows_;
};

// The newest flow of each row of Suricata's flow hash: under memory pressure a worker may take it
// (L31). Kept only from the first time on that flow memory is full.
//
// When:    build() when a worker finds flow memory full; then for each flow that starts or ends.
// Owner:   each worker has its own; the entries are those of its FlowTable.
// Threads: the worker.
// Source:  flow-hash.c (FlowGetUsedFlow).

class RowHeads {
 public:
  bool is_built() const { return rows_ > 0; }
  // From all flows of the table. `rows`: how many the hash has.
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
