// Holds the memory of freed values back for a while, poisoned, and finds what was written to it
// (L25, L33, L34).
#include <algorithm>

#include "abi/allocations.hpp"
#include "base/poison.hpp"
#include "check/plugin_memory.hpp"

namespace surisim::check {

namespace {

// Former values that are kept: this many for each shard, and none larger than this.
constexpr std::size_t kMostKept = 512;
constexpr std::size_t kMostKeptBytes = std::size_t{512} << 10;
constexpr std::size_t kLargestKept = base::kMostPoison;
// Threads' former values are few, and are kept to the end, these many bytes of them.
constexpr std::size_t kLargestOfThread = std::size_t{1} << 20;
constexpr std::size_t kMostOfThreads = std::size_t{16} << 20;
constexpr std::size_t kMostUsed = 4096;

}  // namespace

bool Memory::worth_keeping(const Block& block) {
  if (abi::frees_at_once()) return false;
  return block.size <= kLargestKept
             ? block.was_value || block.freed_in == JournalCallback::free_value
             : block.was_value && block.slot.type == STORAGE_THREAD &&
                   block.size <= kLargestOfThread &&
                   kept_for_threads_ + block.size <= kMostOfThreads;
}

// A foreign malloc has released the memory.
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
  Block* const known = shard.others.find(oldest);
  // By now it may have been freed again, or be in a slot again.
  if (known == nullptr || !known->freed || known->holders > 0) return nullptr;
  {
    const MutexLock lock(used_lock_);
    if (used_.size() < kMostUsed) add_if_used(*known, used_);
  }
  shard.others.erase(known);
  return reinterpret_cast<void*>(oldest);
}

}  // namespace surisim::check
