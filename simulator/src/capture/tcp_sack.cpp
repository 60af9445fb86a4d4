#include "capture/tcp_sack.hpp"

#include <algorithm>

namespace surisim::engine {

// The second range of a packet is never taken: Suricata counts it as a duplicate, whatever it says.
void SackList::add(const TcpSegment& segment, std::uint32_t acked, std::uint32_t window,
                   std::uint32_t allowed) {
  if (!segment.options.has_sack) return;
  for (std::size_t i = 0; i < segment.options.sacks; ++i) {
    const SackRange range = segment.options.sack[i];
    const bool is_duplicate = i == 1 || seq_before(range.begin, segment.ack);
    const bool is_old = !seq_after(range.end, acked);
    const bool is_beyond = seq_after(range.end, allowed) || seq_after(range.begin, acked + window);
    if (is_duplicate || is_old || is_beyond || !seq_before(range.begin, range.end)) continue;
    insert(range);
  }
  prune(acked);
}

void SackList::insert(SackRange range) {
  if (ranges_.size() >= kMost) return;
  const auto first = std::find_if(ranges_.begin(), ranges_.end(), [&](const SackRange& known) {
    return !seq_before(known.end, range.begin);
  });
  auto last = first;
  for (; last != ranges_.end() && !seq_after(last->begin, range.end); ++last) {
    if (seq_before(last->begin, range.begin)) range.begin = last->begin;
    if (seq_after(last->end, range.end)) range.end = last->end;
    size_ -= last->end - last->begin;
  }
  size_ += range.end - range.begin;
  ranges_.insert(ranges_.erase(first, last), range);
}

void SackList::prune(std::uint32_t acked) {
  while (!ranges_.empty() && seq_before(ranges_.front().end, acked)) {
    size_ -= ranges_.front().end - ranges_.front().begin;
    ranges_.erase(ranges_.begin());
  }
  if (!ranges_.empty() && seq_before(ranges_.front().begin, acked)) {
    size_ -= acked - ranges_.front().begin;
    ranges_.front().begin = acked;
  }
}

bool SackList::knows_all(const TcpSegment& segment) const {
  const TcpOptions& options = segment.options;
  if (options.sacks == 0) return false;
  return std::all_of(
      options.sack.begin(), options.sack.begin() + options.sacks, [&](const SackRange& range) {
        return std::any_of(ranges_.begin(), ranges_.end(), [&](const SackRange& known) {
          return range.begin >= known.begin && range.end <= known.end;
        });
      });
}

}  // namespace surisim::engine
