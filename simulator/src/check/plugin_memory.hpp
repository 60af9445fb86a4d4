// Tracks the memory blocks that plugins allocate: which block is a value, which slots hold it, who
// freed it. malloc and free (abi/allocations.hpp) and the storage calls report to it. It keeps the
// memory of freed values for a while, to recognise later uses.
//
// When:    from start() to stop().
// Owner:   the Checker. Functions return copies of blocks.
// Threads: any, also inside malloc, unless a tag says otherwise.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "abi/allocations.hpp"
#include "base/mutex.hpp"
#include "check/blocks.hpp"
#include "check/leak_roots.hpp"
#include "trace/context.hpp"
#include "trace/handover.hpp"

namespace surisim::check {

class Memory final : public abi::AllocationObserver {
 public:
  // `phase`: the engine's current phase.
  explicit Memory(const std::atomic<const char*>& phase);
  ~Memory() override;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // Start and stop watching allocations. One Memory at a time. [main]
  void start();
  void stop();

  // A slot held `before` and now holds `value`; either may be NULL.
  void replaced(const SlotOf& slot, void* before, void* value, const void* caller);
  // The slot no longer holds `value`, because its Free is about to be called with it. False: the
  // plugin has freed it already; `*block` then says what is known about it.
  bool hand_to_free(const SlotOf& slot, void* value, Block* block);
  // Called when a callback has returned: reports each block that it freed and a slot still holds,
  // once.
  void check_freed(const std::vector<void*>& freed,
                   const std::function<void(const Block&)>& report);

  // Set has returned -1 for this value, so the plugin still owns it.
  void set_failed(const SlotOf& slot, const void* value, const void* caller);
  // Does not report a leak of this value: the reason why it was not set has been reported.
  void ignore_leak(const void* value);

  // A freed block whose memory was kept, and was written to at this offset.
  struct Used {
    Block block;
    std::size_t at;
  };
  // [main] when the run is over
  std::vector<Used> used_after_free() const;

  // The memory at `name` must stay: it is a name or struct that was registered.
  void note_name(const void* name);
  // Which of these have been freed. [main]
  std::vector<const void*> freed_names() const;

  // Whether blocks of the same origin were freed in other flows' finish callbacks, and this block's
  // flow freed nothing in its own. [main]
  bool relied_on_finish(const Block& block) const;
  // Whether this block's flow freed some memory in its finish callback. [main]
  bool finish_freed(const Block& block) const;
  // Whether a Free has released blocks of the same origin that were made for flows. [main]
  bool freed_in_free(const Block& block) const;
  // Origins of flows' values that were put away in finish and freed later. [main]
  std::set<Origin> freed_from_pools() const;
  // The last call that put this value into a slot; NULL: unknown memory. [main]
  const void* set_at(const void* value) const;
  // Freed memory is no longer released: plugins' own threads may free blocks while they are being
  // scanned. [main] when the run is over
  void hold_frees() { holding_.store(true, std::memory_order_relaxed); }
  // How many blocks have been freed since hold_frees().
  std::uint32_t frees() { return std::atomic_ref(frees_).load(std::memory_order_acquire); }
  // Waits while frees() is `seen`. False: the deadline has passed. [main]
  bool wait_for_free(std::uint32_t seen, engine::Deadline deadline);
  // All blocks. [main] while no plugin runs
  std::vector<Block> all() const;
  // The pages of plugins' own mappings that are in physical memory, at most `most`. [main]
  std::vector<Range> mapped(std::size_t most) const;
  bool knows(const void* address) const;

  bool is_busy() const noexcept override;
  void allocated(void* block, std::size_t size, const void* caller) noexcept override;
  bool freeing(void* block, const void* caller) noexcept override;
  void mapped(void* start, std::size_t size, const void* caller) noexcept override;
  bool unmapping(void* start, std::size_t size) noexcept override;

 private:
  // The detailed blocks of some addresses.
  struct alignas(64) Shard {
    mutable engine::SpinLock lock;
    BlockTable<Block> detailed SURISIM_GUARDED_BY(lock);
    // Freed former values whose memory is kept (start, size), the oldest first.
    std::deque<std::pair<std::uintptr_t, std::size_t>> kept SURISIM_GUARDED_BY(lock);
    std::size_t kept_bytes SURISIM_GUARDED_BY(lock) = 0;
    std::atomic<std::uint32_t> inner{0};  // parts of values that were freed

    // Whether to keep the memory of a freed part of a value too.
    bool takes_another_inner();
  };
  static constexpr std::size_t kShardBits = 6;
  static constexpr std::size_t kShards = std::size_t{1} << kShardBits;

  Shard& shard_of(std::uintptr_t start);
  // A plain block as a Block.
  Block expanded(std::uintptr_t start, const PlainBlock& plain) const;
  // The detailed block; a plain block becomes one. Null: the block is unknown.
  Block* detailed(Shard& shard, std::uintptr_t start) SURISIM_REQUIRES(shard.lock);
  void forget(Shard& shard, Block& block) SURISIM_REQUIRES(shard.lock);
  // Calls `use` with the block that `value` points to, or a little way into, and locks its shard.
  // False: there is no such block.
  template <class Use>
  bool with_block(const void* value, Use use);
  // Keeps the memory of a freed former value, so that a later use is recognised. Returns memory to
  // release instead, or null.
  void* keep(Shard& shard, Block& block) SURISIM_REQUIRES(shard.lock);
  // Whether to keep the memory of this block when it is freed.
  bool worth_keeping(const Block& block);
  static bool worth_keeping(const PlainBlock& block, JournalCallback freed_in);
  static void poison(Block& block);
  static void add_if_used(const Block& block, std::vector<Used>& to);
  // The current moment's index in the list. `mine`: the calling thread's context, or null.
  std::uint32_t moment_of(engine::Context* mine);
  bool note_plain_free(PlainBlocks::Entry& entry, const PlainBlock& plain,
                       JournalCallback callback);
  // Whether memory that is freed now must not be released; counts the free.
  bool is_holding();
  // Records how the block is freed, by this call. False: its memory is kept.
  bool note_free(std::uintptr_t start, engine::Context* mine, const void* call);
  void note_end(const Block& block);
  void note_end(const Origin& origin, std::uint64_t flow, JournalCallback freed_in);
  void note_freed_in_free(const Origin& origin);
  // Number of the flow that the thread is handling; 0: none.
  static std::uint64_t flow_of(const engine::Context* thread);
  Moment now();

  const std::atomic<const char*>& phase_;
  PlainBlocks plain_;
  // Moments of plain blocks, in pieces that never move, because they are read without the lock. The
  // first one stands for unknown moments.
  static constexpr std::size_t kMomentsAtOnce = 1024;
  using Moments = std::array<Moment, kMomentsAtOnce>;
  engine::SpinLock moments_lock_;
  std::uint32_t moments_count_ SURISIM_GUARDED_BY(moments_lock_) = 1;
  std::array<std::unique_ptr<Moments>, 256> moments_;
  std::atomic<bool> holding_{false};
  std::uint32_t frees_ = 0;  // while holding_
  engine::Waiters frees_waiter_;
  std::array<Shard, kShards> shards_;
  Mappings mappings_;
  Mutex threads_mutex_;
  std::set<std::string> threads_ SURISIM_GUARDED_BY(threads_mutex_);  // names
  std::atomic<std::size_t> kept_for_threads_{0};                      // bytes
  mutable engine::SpinLock used_lock_;
  std::vector<Used> used_ SURISIM_GUARDED_BY(used_lock_);  // whose memory has been released
  mutable engine::SpinLock names_lock_;
  std::vector<const void*> freed_names_ SURISIM_GUARDED_BY(names_lock_);
  mutable engine::SpinLock finish_lock_;
  std::set<Origin> freed_in_finish_ SURISIM_GUARDED_BY(finish_lock_);
  std::set<Origin> freed_in_free_ SURISIM_GUARDED_BY(finish_lock_);
  std::array<std::atomic<std::uint64_t>, 256> noted_in_free_{};  // hashes of some of them
  std::set<Origin> freed_from_pools_ SURISIM_GUARDED_BY(finish_lock_);
  std::vector<bool> finish_freed_ SURISIM_GUARDED_BY(finish_lock_);  // by number of the flow
};

}  // namespace surisim::check
