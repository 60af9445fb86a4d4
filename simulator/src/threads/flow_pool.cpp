// Allocates, recycles and clears flows; reassembles TCP segments for streaming loggers.
#include "threads/flow_pool.hpp"

#include <suricata/flow-storage.h>
#include <suricata/output-streaming.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <utility>

#include "abi/faults.hpp"
#include "abi/host.hpp"
#include "abi/process_state.hpp"
#include "trace/context.hpp"

namespace surisim::engine {

FlowFields fields_of(const Flow& flow, std::uint8_t packet_proto) {
  const FlowSide& side = *side_of(&flow);
  return {.flow = side.number,
          .handle = side.handle,
          .sp = flow.sp,
          .dp = flow.dp,
          .proto = flow.proto,
          .packet_proto = packet_proto,
          .to_server = flow.todstpktcnt,
          .to_client = flow.tosrcpktcnt,
          .locked = side.locked.load(std::memory_order_relaxed)};
}

const char** made_on_of(Flow* flow) {
  return reinterpret_cast<const char**>(reinterpret_cast<char*>(flow->storage) +
                                        SCFlowStorageSize());
}

FlowPool::~FlowPool() {
  const unsigned slots = SCFlowStorageSize() / sizeof(Storage);
  for (void* block : blocks_) {
    auto* const side = static_cast<FlowSide*>(block);
    side->addresses.reset();
    side->streams.reset();
    Flow* const flow = reinterpret_cast<Flow*>(side + 1);
    pthread_mutex_destroy(&abi::in_flow().m(*flow));
    abi::notify(abi::FlowMemory{flow, false});
    abi::state().free_or_leave_behind(block, flow->storage, slots);
  }
}

Flow* FlowPool::take(FlowBatch& spare) {
  if (spare.empty()) {
    if (auto batch = spare_.try_pop()) spare = std::move(*batch);
  }
  if (spare.empty()) return allocate();
  Flow* const flow = spare.back();
  spare.pop_back();
  return flow;
}

Flow* FlowPool::allocate() {
  if (abi::fails(abi::FaultPoint::host_alloc, "a Flow", nullptr)) return nullptr;
  const std::size_t storage = SCFlowStorageSize();
  void* const block = std::calloc(1, sizeof(FlowSide) + sizeof(Flow) + 2 * storage);
  if (block == nullptr) throw std::bad_alloc();
  auto* const side = new (block) FlowSide;
  Flow* const flow = reinterpret_cast<Flow*>(side + 1);
  pthread_mutex_init(&abi::in_flow().m(*flow), nullptr);
  const MutexLock lock(mutex_);
  blocks_.push_back(block);
  side->handle = blocks_.size();
  abi::notify(abi::FlowMemory{flow, true});
  return flow;
}

void FlowPool::clear(Flow& flow) {
  Context* const mine = context();
  if (mine->record_flows) record_flow(EventKind::flow_cleared, fields_of(flow), nullptr);
  SCFlowFreeStorage(&flow);
  side_of(&flow)->open.store(false, std::memory_order_relaxed);
  side_of(&flow)->finished = false;
  side_of(&flow)->streams.reset();
  // Zeroes everything but the lock.
  char* const bytes = reinterpret_cast<char*>(&flow);
  const std::size_t lock = abi::in_flow().m.at();
  const std::size_t after_lock = lock + sizeof(pthread_mutex_t);
  std::memset(bytes, 0, lock);
  std::memset(bytes + after_lock, 0, abi::in_flow().size - after_lock);
}

std::uint64_t TcpStream::place_of(std::uint32_t seq) const {
  const auto from_logged =
      static_cast<std::int32_t>(seq - (first_ + static_cast<std::uint32_t>(logged_)));
  if (from_logged < 0 && static_cast<std::uint64_t>(-std::int64_t{from_logged}) > logged_) return 0;
  return logged_ + static_cast<std::uint64_t>(std::int64_t{from_logged});
}

void TcpStream::append(Bytes bytes, std::uint64_t depth) { add(first_, end(), bytes, depth); }

// Where segments overlap, the one that begins first keeps its bytes, of two that begin at the same
// byte the earlier one.
void TcpStream::add(std::uint32_t first, std::uint32_t seq, Bytes bytes, std::uint64_t depth) {
  if (too_deep_ || bytes.empty()) return;
  if (!started_) first_ = first;
  started_ = true;
  forget_logged();
  const std::uint64_t begin = place_of(seq);
  const std::uint64_t end = begin + bytes.size();
  if (end <= logged_) return;
  if (depth != 0 && end > depth) {
    too_deep_ = true;
    blocks_.clear();
    return;
  }
  std::uint64_t fresh = std::max(begin, logged_);
  for (const Segment& old : segments_) {
    if (old.begin <= begin && old.end > fresh) fresh = old.end;
  }
  segments_.push_back({begin, end});
  end_ = std::max(end_, end);
  if (fresh < end) put(fresh, bytes.subspan(fresh - begin));
}

void TcpStream::put(std::uint64_t at, Bytes bytes) {
  const std::uint64_t end = at + bytes.size();
  auto block = blocks_.upper_bound(at);
  if (block != blocks_.begin() && std::prev(block)->first + std::prev(block)->second.size() >= at)
    --block;
  else
    block = blocks_.emplace_hint(block, at, std::vector<std::uint8_t>());
  std::vector<std::uint8_t>& data = block->second;
  const std::size_t offset = at - block->first;
  data.resize(std::max(data.size(), offset + bytes.size()));
  std::copy(bytes.begin(), bytes.end(), data.begin() + static_cast<std::ptrdiff_t>(offset));
  for (auto next = std::next(block); next != blocks_.end() && next->first <= end;
       next = blocks_.erase(next)) {
    const auto& more = next->second;
    if (next->first + more.size() > end)
      data.insert(data.end(), more.begin() + static_cast<std::ptrdiff_t>(end - next->first),
                  more.end());
  }
}

void TcpStream::forget_logged() {
  std::erase_if(segments_, [this](const Segment& segment) { return segment.end <= logged_; });
  while (!blocks_.empty() && blocks_.begin()->first < logged_) {
    auto first = blocks_.extract(blocks_.begin());
    const std::uint64_t skip = logged_ - first.key();
    if (skip >= first.mapped().size()) continue;
    first.mapped().erase(first.mapped().begin(),
                         first.mapped().begin() + static_cast<std::ptrdiff_t>(skip));
    first.key() = logged_;
    blocks_.insert(std::move(first));
  }
}

// Like StreamReassembleRawDo, this passes data after a gap twice: when it is found, and again as
// the next data.
std::vector<StreamPiece> TcpStream::take(std::uint32_t acked, bool closes, std::uint8_t direction) {
  forget_logged();
  std::vector<StreamPiece> pieces;
  std::uint8_t flags = direction;
  if (logged_ == 0) flags |= OUTPUT_STREAMING_FLAG_OPEN;
  const auto at_end = static_cast<std::uint8_t>(flags | OUTPUT_STREAMING_FLAG_CLOSE);
  const std::uint64_t until = started_ ? std::max(place_of(acked), logged_) : 0;
  for (const auto& [place, data] : blocks_) {
    std::uint64_t size = data.size();
    if (!closes) size = std::min(size, until - logged_);
    if (size == 0) break;
    pieces.push_back({Bytes(data).first(size), flags});
    flags = direction;
    if (place == logged_)
      logged_ += size;
    else if (place <= until)
      logged_ = place;
    if (!closes && until < logged_) break;
  }
  if (closes) pieces.push_back({{}, at_end});
  return pieces;
}

}  // namespace surisim::engine
