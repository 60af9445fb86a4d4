// Keeps rows in Suricata's order, and searches one only if a flow in it may have timed out: many
// flows of one pair of hosts must not make each packet slow.
#include "capture/shared_rows.hpp"

#include <algorithm>
#include <limits>

namespace surisim::engine {

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

}  // namespace surisim::engine
