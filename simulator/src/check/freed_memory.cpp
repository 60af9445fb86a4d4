// Keeps and poisons the memory of freed values for a while and finds writes to it (L25, L33, L34);
// remembers what was freed in flows' finish callbacks and in Frees.
#include <algorithm>

#include "abi/allocations.hpp"
#include "base/poison.hpp"
#include "check/plugin_memory.hpp"
#include "threads/flow_pool.hpp"

namespace surisim::check {

namespace {

// Limits of the former values that are kept in each shard.
constexpr std::size_t kMostKept = 512;
constexpr std::size_t kMostKeptBytes = std::size_t{512} << 10;
constexpr std::size_t kLargestKept = base::kMostPoison;
// Threads' former values are few, and are kept until the end, up to these bytes.
constexpr std::size_t kLargestOfThread = std::size_t{1} << 20;
constexpr std::size_t kMostOfThreads = std::size_t{16} << 20;
constexpr std::size_t kMostUsed = 4096;

}  // namespace

// Only some of the many parts of large values are kept: a mistake is usually made with all parts.
bool Memory::Shard::takes_another_inner() {
  constexpr std::uint32_t kAll = 256;
  constexpr std::uint32_t kMany = 2048;
  const std::uint32_t count = inner.load(std::memory_order_relaxed);
  inner.store(count + 1, std::memory_order_relaxed);  // a lost count does no harm
  return count < kAll || count % (count < kMany ? 8 : 64) == 0;
}

bool Memory::worth_keeping(const PlainBlock& block, JournalCallback freed_in) {
  return freed_in == JournalCallback::free_value && block.size <= kLargestKept &&
         !abi::frees_at_once();
}

bool Memory::worth_keeping(const Block& block) {
  if (abi::frees_at_once()) return false;
  return block.size <= kLargestKept
             ? block.was_value || block.freed_in == JournalCallback::free_value
             : block.was_value && block.slot.type == STORAGE_THREAD &&
                   block.size <= kLargestOfThread &&
                   kept_for_threads_ + block.size <= kMostOfThreads;
}

// With a foreign malloc the memory has been released already.
void Memory::poison(Block& block) {
  if (abi::frees_at_once()) return;
  base::poison(reinterpret_cast<void*>(block.start), block.size);
  block.poisoned = true;
}

void Memory::add_if_used(const Block& block, std::vector<Used>& to) {
  if (!block.poisoned || block.reported) return;
  const std::size_t at = base::poison_until(reinterpret_cast<const void*>(block.start), block.size);
  if (at < std::min(block.size, base::kMostPoison)) to.push_back({block, at});
}

void* Memory::keep(Shard& shard, Block& block) {
  if (block.was_value && block.slot.type == STORAGE_THREAD &&
      kept_for_threads_ + block.size <= kMostOfThreads) {
    kept_for_threads_ += block.size;
    return nullptr;
  }
  shard.kept.push_back({block.start, block.size});
  shard.kept_bytes += block.size;
  if (shard.kept.size() <= kMostKept && shard.kept_bytes <= kMostKeptBytes) return nullptr;
  const auto [oldest, size] = shard.kept.front();
  shard.kept.pop_front();
  shard.kept_bytes -= size;
  Block* const known = shard.detailed.find(oldest);
  // It may have been freed again meanwhile, or be in a slot again.
  if (known == nullptr || !known->freed || known->holders > 0) return nullptr;
  {
    const MutexLock lock(used_lock_);
    if (used_.size() < kMostUsed) add_if_used(*known, used_);
  }
  forget(shard, *known);
  return reinterpret_cast<void*>(oldest);
}

std::uint64_t Memory::flow_of(const engine::Context* thread) {
  return thread == nullptr || thread->flow == nullptr ? 0 : engine::side_of(thread->flow)->number;
}

// Called when this thread has freed the block and no slot holds it.
void Memory::note_end(const Block& block) {
  if (block.is_name) {
    const MutexLock lock(names_lock_);
    freed_names_.push_back(reinterpret_cast<const void*>(block.start));
  }
  if (block.flow != 0 && block.put_away && block.freed_in != JournalCallback::flow_finish) {
    const MutexLock lock(finish_lock_);
    freed_from_pools_.insert(origin_of(block));
  }
  note_end(origin_of(block), block.flow, block.freed_in);
}

// `flow`: the flow that it was made for.
void Memory::note_end(const Origin& origin, std::uint64_t flow, JournalCallback freed_in) {
  if (flow == 0) return;
  if (freed_in == JournalCallback::free_value) note_freed_in_free(origin);
  if (freed_in == JournalCallback::flow_finish && flow == flow_of(engine::context())) {
    const MutexLock lock(finish_lock_);
    freed_in_finish_.insert(origin);
    if (finish_freed_.size() <= flow) finish_freed_.resize(flow + 1);
    finish_freed_[flow] = true;
  }
}

// A plugin's blocks have few origins, so the hash usually shows that this one is known.
void Memory::note_freed_in_free(const Origin& origin) {
  const auto& [caller, made_in, size] = origin;
  const std::uint64_t hash =
      (reinterpret_cast<std::uintptr_t>(caller) * 0x9e3779b97f4a7c15U) ^
      (size << 8 | static_cast<std::uint64_t>(made_in)) * 0xc2b2ae3d27d4eb4fU;
  std::atomic<std::uint64_t>& noted = noted_in_free_[hash >> 56];
  if (noted.load(std::memory_order_relaxed) == hash) return;
  const MutexLock lock(finish_lock_);
  freed_in_free_.insert(origin);
  noted.store(hash, std::memory_order_relaxed);
}

bool Memory::relied_on_finish(const Block& block) const {
  if (block.flow == 0 || finish_freed(block)) return false;
  const MutexLock lock(finish_lock_);
  return freed_in_finish_.contains(origin_of(block));
}

std::set<Origin> Memory::freed_from_pools() const {
  const MutexLock lock(finish_lock_);
  return freed_from_pools_;
}

bool Memory::freed_in_free(const Block& block) const {
  const MutexLock lock(finish_lock_);
  return freed_in_free_.contains(origin_of(block));
}

bool Memory::finish_freed(const Block& block) const {
  const MutexLock lock(finish_lock_);
  return block.flow < finish_freed_.size() && finish_freed_[block.flow];
}

}  // namespace surisim::check
