// The rows of Suricata's flow hash in which several flows lie: those of IPv4 packets that are
// neither TCP nor UDP, whose ports are not hashed (T17). A packet that searches such a row ends the
// timed-out flows that it meets.
//
// When:    for each packet of such a flow.
// Owner:   each worker has its own; the entries are those of its FlowTable.
// Threads: the worker.
// Source:  flow-hash.c (FlowGetHash, FlowGetFlowFromHash); T12, T17.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "capture/captured_flow.hpp"

namespace surisim::engine {

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

}  // namespace surisim::engine
