// The memory that plugins ask for, block by block, while they do: which block is a value, which
// slots hold it, who freed it. Fed by malloc and free (abi/allocations.hpp), by the storage calls
// and by what runs on the calling thread (trace/context.hpp).
//
// When:    from start() to stop().
// Owner:   the checker; blocks are copied out.
// Threads: any, inside malloc too, but for what says otherwise.
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
#include <unordered_map>
#include <vector>

#include "abi/allocations.hpp"
#include "base/journal.hpp"
#include "base/mutex.hpp"
#include "check/plugin_mappings.hpp"
#include "trace/handover.hpp"

namespace surisim::check {

// A slot of one object: a ThreadVars or a Flow.
struct SlotOf {
  StorageEnum type = STORAGE_MAX;
  const void* object = nullptr;
  int id = -1;
};

// What a value's block went through in slots.
enum class Fate : std::uint8_t {
  none,
  taken,        // taken out: the slot is empty
  overwritten,  // another value took its place
  refused,      // never was in a slot: set returned -1
};

// Where something happened to a block. The names live as long as the engine.
struct Moment {
  const char* thread = nullptr;  // null: on none of Suricata's
  const char* phase = "";
  JournalCallback callback = JournalCallback::none;
};

struct Block {
  std::uintptr_t start = 0;  // 0: this place of the table is free
  std::size_t size = 0;
  const void* caller = nullptr;    // who asked for it
  const void* set_at = nullptr;    // who put it into a slot last
  const void* ended_at = nullptr;  // who freed it, took it out or replaced it
  std::uint64_t flow = 0;          // number of the flow that was handled, 0: none
  SlotOf slot;                     // that held it last
  Moment last;                     // when it was asked for, set, taken out or replaced last
  std::uint32_t plugin = 0;
  std::uint32_t holders = 0;  // slots that hold it
  JournalCallback made_in = JournalCallback::none;
  JournalCallback freed_in = JournalCallback::none;
  Fate fate = Fate::none;
  bool may_leak =
      false;  // asked for by a callback on a thread or flow, so that it should come back
  bool was_value = false;  // has been in a slot
  bool is_name = false;    // a slot's name is in it
  bool freed = false;      // by the plugin; a slot holds it, or it is a former value that is kept
  bool reported = false;   // a violation was about it
};

// Allocations of one kind: from one place, in one kind of callback, of one size.
using Origin = std::tuple<const void*, JournalCallback, std::size_t>;
inline Origin origin_of(const Block& block) { return {block.caller, block.made_in, block.size}; }

class Memory final : public abi::AllocationObserver {
 public:
  // `phase`: the one that the engine is in, whenever it is asked for.
  explicit Memory(const std::atomic<const char*>& phase);
  ~Memory() override;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // Allocations are seen from now on, and no longer. One Memory at a time. [main]
  void start();
  void stop();

  // A slot held `before`, and now holds `value`; either may be NULL. [any thread]
  void replaced(const SlotOf& slot, void* before, void* value, const void* caller);
  // The slot's Free is about to get `value`: the slot counts no longer. False: the value is gone
  // already; `block` then says how, as it was when the plugin freed it. [any thread]
  bool hand_to_free(const SlotOf& slot, void* value, Block* block);
  // The callback has returned: reports each block that was freed in it and that a slot still holds,
  // once. [any thread]
  void check_freed(const std::vector<void*>& freed,
                   const std::function<void(const Block&)>& report);

  // Set has returned -1 for this value: it is still the plugin's. [any thread]
  void set_failed(const SlotOf& slot, const void* value, const void* caller);
  // This value was to be set and was not, for a reason that is reported: it may leak. [any thread]
  void forgive(const void* value);

  void name_given(const void* name);
  // Names whose memory has been freed since they were given. [main]
  std::vector<const void*> freed_names() const;

  // True: other flows' blocks of the same origin were freed in their finish callback, and this
  // one's flow has freed nothing there. [main]
  bool relied_on_finish(const Block& block) const;
  // True: this block's flow has freed memory in its finish callback, of whatever origin. [main]
  bool finish_freed(const Block& block) const;
  // True: blocks of the same origin, made for flows, were given back by a Free. [main]
  bool freed_in_free(const Block& block) const;
  // Who put this value into a slot last; NULL: it is no memory that is known. [main]
  const void* set_at(const void* value) const;
  // From now on what is freed is noted, and stays where it is: threads of the plugins' own may free
  // what is being looked at. [main] when the run is over
  void hold_frees() { holding_.store(true, std::memory_order_relaxed); }
  // How many blocks have been freed since then. [any thread]
  std::uint32_t frees() { return std::atomic_ref(frees_).load(std::memory_order_acquire); }
  // Waits until it is no longer `seen`. False: the deadline has passed. [main]
  bool wait_for_free(std::uint32_t seen, engine::Deadline deadline);
  // All blocks that are there. [main] while no plugin runs
  std::vector<Block> all() const;
  // What plugins have mapped themselves and is in memory; no more than `most` pages. [main]
  std::vector<Pages> mapped(std::size_t most) const;
  bool knows(const void* address) const;

  bool is_busy() const noexcept override;
  void allocated(void* block, std::size_t size, const void* caller) noexcept override;
  bool freeing(void* block, const void* caller) noexcept override;
  void mapped(void* start, std::size_t size, const void* caller) noexcept override;
  bool unmapping(void* start, std::size_t size) noexcept override;

 private:
  // Open addressing with linear probing; a shard doubles when it is three quarters full.
  struct alignas(64) Shard {
    mutable engine::SpinLock lock;
    std::vector<Block> places SURISIM_GUARDED_BY(lock);
    std::size_t used SURISIM_GUARDED_BY(lock) = 0;
    // Former values, freed, oldest first.
    std::deque<std::uintptr_t> kept SURISIM_GUARDED_BY(lock);

    Block* find(std::uintptr_t start) SURISIM_REQUIRES(lock);
    void insert(const Block& block) SURISIM_REQUIRES(lock);
    void erase(Block* block) SURISIM_REQUIRES(lock);
  };
  static constexpr std::size_t kShards = 64;

  Shard& shard_of(std::uintptr_t start);
  // The block that `value` points to, or a little way into, with its shard locked; runs `use` on
  // it.
  template <class Use>
  bool with_block(const void* value, Use use);
  // Keeps a former value's block for a while, so that a pointer to it that comes back is known.
  // Gives the block that has to go for it, or null.
  static void* keep(Shard& shard, Block& block) SURISIM_REQUIRES(shard.lock);
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
  mutable engine::SpinLock names_lock_;
  std::vector<const void*> freed_names_ SURISIM_GUARDED_BY(names_lock_);
  mutable engine::SpinLock finish_lock_;
  std::set<Origin> freed_in_finish_ SURISIM_GUARDED_BY(finish_lock_);
  std::set<Origin> freed_in_free_ SURISIM_GUARDED_BY(finish_lock_);
  std::vector<bool> finish_freed_ SURISIM_GUARDED_BY(finish_lock_);  // by number of the flow
};

}  // namespace surisim::check
