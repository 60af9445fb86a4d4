// The newest flow of each row of Suricata's flow hash: under memory pressure a worker may take it
// (L31). Kept only from the first time on that flow memory is full.
//
// When:    build() when a worker finds flow memory full; then for each flow that starts or ends.
// Owner:   each worker has its own; the entries are those of its FlowTable.
// Threads: the worker.
// Source:  flow-hash.c (FlowGetUsedFlow).
#pragma once

#include <cstdint>
#include <unordered_map>

#include "capture/captured_flow.hpp"

namespace surisim::engine {

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
