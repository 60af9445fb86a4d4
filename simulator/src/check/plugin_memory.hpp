// The memory blocks that plugins allocate: which block is a value, which slots hold it, who freed
// it. malloc and free (abi/allocations.hpp) and the storage calls report to it; trace/context.hpp
// says which callback runs on the calling thread.
//
// When:    from start() to stop().
// Owner:   the checker; it returns copies of blocks.
// Threads: any, also inside malloc, unless a tag says otherwise.
#pragma once

#include <suricata/util-storage.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "abi/allocations.hpp"
#include "base/journal.hpp"
#include "base/mutex.hpp"
#include "check/block_table.hpp"
#include "check/plugin_mappings.hpp"
#include "trace/context.hpp"
#include "trace/handover.hpp"

namespace surisim::check {

// A slot of one object: a ThreadVars or a Flow.
struct SlotOf {
  StorageEnum type = STORAGE_MAX;
  const void* object = nullptr;
  int id = -1;
};

// How a value left its slot.
enum class Fate : std::uint8_t {
  none,
  taken,        // the plugin set the slot to NULL
  overwritten,  // the plugin set another value
  refused,      // it never was in the slot: set returned -1
};

// When something happened to a block. The strings live as long as the engine.
struct Moment {
  const char* thread = nullptr;  // null: not one of Suricata's threads
  const char* phase = "";
  JournalCallback callback = JournalCallback::none;
};

struct Block {
  std::uintptr_t start = 0;  // 0: an empty entry of the table
  std::size_t size = 0;
  const void* caller = nullptr;    // the call that allocated it
  const void* set_at = nullptr;    // the last call that put it into a slot
  const void* ended_at = nullptr;  // the call that freed it, took it out or replaced it
  std::uint64_t flow = 0;          // number of the flow being handled at its allocation; 0: none
  SlotOf slot;                     // the last slot that held it
  Moment last;                     // when it was last allocated, set, taken out or replaced
  std::uint32_t plugin = 0;
  std::uint32_t holders = 0;  // slots that hold it
  JournalCallback made_in = JournalCallback::none;
  JournalCallback freed_in = JournalCallback::none;
  Fate fate = Fate::none;
  bool must_be_freed = false;  // allocated in a callback for a thread or flow, and so to be freed
  bool was_value = false;      // has been in a slot
  bool is_name = false;        // holds a slot's name
  bool freed = false;          // by the plugin, but its memory is kept: a value, or a former one
  bool put_away = false;       // its flow has had its finish, and neither freed it nor holds it
  bool poisoned = false;       // freed, and filled with base::kPoison
  bool reported = false;       // a violation has been reported for it
};

// A block that has never been more than allocated, as nearly all are: what a Block is made from.
struct PlainBlock {
  static constexpr std::uint32_t kNoPlugin = 0xffff;
  static constexpr std::size_t kLargest = (std::size_t{1} << 40) - 1;  // larger ones count as this

  std::uint64_t start : 48 = 0;   // 0: an empty entry of the table
  std::uint64_t made_in : 8 = 0;  // a JournalCallback
  std::uint64_t must_be_freed : 1 = 0;
  std::uint64_t caller : 48 = 0;
  std::uint64_t plugin : 16 = 0;
  std::uint64_t size : 40 = 0;
  std::uint64_t moment : 24 = 0;  // in its shard's list
  std::uint64_t flow = 0;
};
static_assert(sizeof(PlainBlock) == 32);

// Allocations of the same kind: by one call, in one kind of callback, of one size.
using Origin = std::tuple<const void*, JournalCallback, std::size_t>;
inline Origin origin_of(const Block& block) { return {block.caller, block.made_in, block.size}; }

class Memory final : public abi::AllocationObserver {
 public:
  // `phase`: the engine's current phase.
  explicit Memory(const std::atomic<const char*>& phase);
  ~Memory() override;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // Begin and end watching allocations. One Memory at a time. [main]
  void start();
  void stop();

  // A slot held `before` and now holds `value`; either may be NULL.
  void replaced(const SlotOf& slot, void* before, void* value, const void* caller);
  // The slot's Free is about to be called with `value`, so the slot no longer holds it. False: the
  // plugin has already freed it; `*block` is then what is known of it.
  bool hand_to_free(const SlotOf& slot, void* value, Block* block);
  // The callback has returned: reports once each block that it freed and that a slot still holds.
  void check_freed(const std::vector<void*>& freed,
                   const std::function<void(const Block&)>& report);

  // Set has returned -1 for this value, which the plugin still owns.
  void set_failed(const SlotOf& slot, const void* value, const void* caller);
  // This value could not be set, for a reason that was reported: if it leaks, that is not reported.
  void ignore_leak(const void* value);

  // A freed block that was held back and written to meanwhile, so far from its start.
  struct Used {
    Block block;
    std::size_t at;
  };
  // [main] when the run is over
  std::vector<Used> used_after_free() const;

  void note_name(const void* name);
  // Slots' names whose memory has been freed. [main]
  std::vector<const void*> freed_names() const;

  // True: blocks of the same origin were freed in other flows' finish callback, and this block's
  // flow has freed nothing in its own. [main]
  bool relied_on_finish(const Block& block) const;
  // True: this block's flow has freed some memory in its finish callback. [main]
  bool finish_freed(const Block& block) const;
  // True: a Free has released blocks of the same origin that were made for flows. [main]
  bool freed_in_free(const Block& block) const;
  // Origins of flows' values that were put away in finish, and freed later. [main]
  std::set<Origin> freed_from_pools() const;
  // The last call that put this value into a slot; NULL: unknown memory. [main]
  const void* set_at(const void* value) const;
  // From now on freed memory is only noted and not released: plugins' own threads may free blocks
  // while they are being scanned. [main] when the run is over
  void hold_frees() { holding_.store(true, std::memory_order_relaxed); }
  // How many blocks have been freed since hold_frees().
  std::uint32_t frees() { return std::atomic_ref(frees_).load(std::memory_order_acquire); }
  // Waits while frees() is `seen`. False: the deadline has passed. [main]
  bool wait_for_free(std::uint32_t seen, engine::Deadline deadline);
  // All blocks. [main] while no plugin runs
  std::vector<Block> all() const;
  // The pages of plugins' own mappings that are in memory, `most` at most. [main]
  std::vector<Pages> mapped(std::size_t most) const;
  bool knows(const void* address) const;

  bool is_busy() const noexcept override;
  void allocated(void* block, std::size_t size, const void* caller) noexcept override;
  bool freeing(void* block, const void* caller) noexcept override;
  void mapped(void* start, std::size_t size, const void* caller) noexcept override;
  bool unmapping(void* start, std::size_t size) noexcept override;

 private:
  struct alignas(64) Shard {
    mutable engine::SpinLock lock;
    BlockTable<PlainBlock> plain_blocks SURISIM_GUARDED_BY(lock);
    BlockTable<Block> others SURISIM_GUARDED_BY(lock);
    // Threads and phases of the plain blocks' allocations, and where some of them stand.
    std::vector<Moment> moments SURISIM_GUARDED_BY(lock);
    std::array<std::uint32_t, 16> recent SURISIM_GUARDED_BY(lock) = {};
    // Freed former values whose memory is kept, oldest first, and their bytes.
    std::deque<std::pair<std::uintptr_t, std::size_t>> kept SURISIM_GUARDED_BY(lock);
    std::size_t kept_bytes SURISIM_GUARDED_BY(lock) = 0;
    std::uint32_t inner SURISIM_GUARDED_BY(lock) = 0;  // that could have been kept

    // Whether freed memory that was only part of a value is to be kept too.
    bool takes_another_inner() SURISIM_REQUIRES(lock);
    // Made, or what was there before, with nothing set but its start.
    PlainBlock& place_for(std::uintptr_t start) SURISIM_REQUIRES(lock);
    std::uint32_t moment_of(const Moment& moment) SURISIM_REQUIRES(lock);
    Block expanded(const PlainBlock& block) const SURISIM_REQUIRES(lock);
    // Makes it one of the others.
    Block* moved_to_others(PlainBlock* block) SURISIM_REQUIRES(lock);
    // Calls `use` for all blocks.
    template <class Use>
    void for_each(Use use) const SURISIM_REQUIRES(lock);
  };
  static constexpr std::size_t kShardBits = 6;
  static constexpr std::size_t kShards = std::size_t{1} << kShardBits;

  Shard& shard_of(std::uintptr_t start);
  // Calls `use` with the block that `value` points to (or a little way into), its shard locked.
  // False: no such block.
  template <class Use>
  bool with_block(const void* value, Use use);
  // Keeps the memory of a freed former value for a while, so that a later use of a pointer to it is
  // recognised. Returns memory to release in exchange, or null.
  void* keep(Shard& shard, Block& block) SURISIM_REQUIRES(shard.lock);
  // Whether freed memory of this block is worth keeping.
  bool worth_keeping(const Block& block);
  static void poison(Block& block);
  static void add_if_used(const Block& block, std::vector<Used>& to);
  bool forget_plain(std::uintptr_t start, const engine::Context* mine);
  void note_end(const Block& block);
  Moment now();

  const std::atomic<const char*>& phase_;
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
  std::set<Origin> freed_from_pools_ SURISIM_GUARDED_BY(finish_lock_);
  std::vector<bool> finish_freed_ SURISIM_GUARDED_BY(finish_lock_);  // by number of the flow
};

}  // namespace surisim::check
