// Lists of flows by row, newest first.
#include "capture/row_heads.hpp"

#include <algorithm>
#include <vector>

#include "abi/host.hpp"
#include "threads/flow_pool.hpp"

namespace surisim::engine {

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
