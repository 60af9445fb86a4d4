// The table of blocks, which malloc, free and the storage calls update.
#include "check/plugin_memory.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "abi/authors_code.hpp"
#include "abi/host_function.hpp"
#include "threads/flow_pool.hpp"
#include "trace/context.hpp"

namespace surisim::check {

namespace {

using engine::Context;

// Set while this thread is in here: allocations of the tables themselves are ignored.
thread_local bool busy __attribute__((tls_model("initial-exec"))) = false;

class Busy {
 public:
  Busy() noexcept { busy = true; }
  ~Busy() { busy = false; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
};

// A value may point a little way into its block, after a header of the plugin's (a reference count,
// for example).
constexpr std::uintptr_t kStep = 8;
constexpr std::uintptr_t kFurthest = 64;

std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

// Callbacks whose memory belongs to a thread, a flow or a record, and so must be freed.
bool belongs_to_run(JournalCallback callback) {
  switch (callback) {
    case JournalCallback::thread_init:
    case JournalCallback::flow_init:
    case JournalCallback::flow_update:
    case JournalCallback::flow_finish:
    case JournalCallback::eve:
    case JournalCallback::packet_logger:
    case JournalCallback::flow_logger:
    case JournalCallback::tx_logger:
      return true;
    default:
      return false;
  }
}

std::uint64_t flow_of(const Context* mine) {
  return mine == nullptr || mine->flow == nullptr ? 0 : engine::side_of(mine->flow)->number;
}

// Locks that other threads held at a fork are never released in the child, so it is not watched.
void forget_in_child() { abi::g_allocations.store(nullptr); }

// The plugin's call that led to the allocation: what the C or C++ library allocates for the plugin
// counts as the plugin's.
const void* caller_of(const void* caller) noexcept {
  const void* const origin = abi::allocation_origin(caller);
  return origin != nullptr ? abi::rust_call_of(origin) : abi::plugin_call(caller);
}

}  // namespace

std::uint32_t Memory::Shard::moment_of(const Moment& moment) {
  const auto same = [&moment](const Moment& other) {
    return other.thread == moment.thread && other.phase == moment.phase;
  };
  std::uint32_t& guess =
      recent[(address_of(moment.thread) >> 5 ^ address_of(moment.phase)) % recent.size()];
  if (guess < moments.size() && same(moments[guess])) return guess;
  guess = static_cast<std::uint32_t>(std::find_if(moments.begin(), moments.end(), same) -
                                     moments.begin());
  if (guess == moments.size()) moments.push_back(moment);
  return guess;
}

// A few stand for the many that large values consist of.
bool Memory::Shard::takes_another_inner() {
  constexpr std::uint32_t kAll = 256;
  constexpr std::uint32_t kOneOf = 8;
  return ++inner < kAll || inner % kOneOf == 0;
}

PlainBlock& Memory::Shard::place_for(std::uintptr_t start) {
  if (others.size() > 0) {
    if (Block* const stale = others.find(start)) others.erase(stale);
  }
  return plain_blocks.at(start);
}

Block Memory::Shard::expanded(const PlainBlock& plain) const {
  Block block;
  block.start = plain.start;
  block.size = plain.size;
  block.caller = reinterpret_cast<const void*>(plain.caller);
  block.flow = plain.flow;
  block.last = moments[plain.moment];
  block.made_in = static_cast<JournalCallback>(plain.made_in);
  block.last.callback = block.made_in;
  block.plugin = plain.plugin == PlainBlock::kNoPlugin ? engine::kNoPlugin : plain.plugin;
  block.must_be_freed = plain.must_be_freed != 0;
  return block;
}

Block* Memory::Shard::moved_to_others(PlainBlock* block) {
  const Block whole = expanded(*block);
  plain_blocks.erase(block);
  Block& other = others.at(whole.start);
  other = whole;
  return &other;
}

template <class Use>
void Memory::Shard::for_each(Use use) const {
  plain_blocks.for_each([&](const PlainBlock& block)
                            SURISIM_NO_THREAD_SAFETY_ANALYSIS { use(expanded(block)); });
  others.for_each(use);
}

Memory::Memory(const std::atomic<const char*>& phase) : phase_(phase) {
  static const int registered = ::pthread_atfork(nullptr, nullptr, forget_in_child);
  (void)registered;
}

Memory::~Memory() { stop(); }

void Memory::start() {
  abi::map_libraries();
  abi::g_allocations.store(this, std::memory_order_release);
}

void Memory::stop() {
  abi::AllocationObserver* mine = this;
  abi::g_allocations.compare_exchange_strong(mine, nullptr);
}

Moment Memory::now() {
  Context* const mine = engine::context();
  if (mine == nullptr) return {};
  if (*mine->event_name == '\0') {  // nothing is recorded
    const MutexLock lock(threads_mutex_);
    mine->event_name = threads_.insert(mine->os_name).first->c_str();
  }
  return {mine->event_name, phase_.load(std::memory_order_relaxed), mine->callback};
}

bool Memory::wait_for_free(std::uint32_t seen, engine::Deadline deadline) {
  while (frees() == seen) {
    if (!frees_waiter_.wait(frees_, seen, deadline)) return false;
  }
  return true;
}

Memory::Shard& Memory::shard_of(std::uintptr_t start) {
  // A thread's blocks are near each other, and far from those of others: no shard is in demand.
  return shards_[(start >> 20) * 0x9e3779b97f4a7c15U >> (64 - kShardBits)];
}

bool Memory::is_busy() const noexcept { return busy; }

void Memory::allocated(void* block, std::size_t size, const void* caller) noexcept {
  if (busy) return;
  const Context* const mine = engine::context();
  if (mine != nullptr && mine->callback == JournalCallback::none) return;
  const Busy guard;
  const std::uintptr_t start = address_of(block);
  const std::uintptr_t origin = address_of(caller_of(caller));
  const Moment here = now();
  Shard& shard = shard_of(start);
  const MutexLock lock(shard.lock);
  PlainBlock& made = shard.place_for(start);
  made.moment = shard.moment_of(here) & 0xffffff;
  made.size = std::min(size, PlainBlock::kLargest) & PlainBlock::kLargest;
  made.caller = origin & kAddressBits;
  made.plugin = PlainBlock::kNoPlugin;
  if (mine == nullptr) return;
  made.made_in = static_cast<std::uint8_t>(mine->callback);
  made.plugin = std::min(mine->plugin, PlainBlock::kNoPlugin) & 0xffff;
  made.flow = flow_of(mine);
  made.must_be_freed = abi::host_depth == 0 && belongs_to_run(mine->callback) ? 1 : 0;
}

// Most blocks are no more than allocated and freed. False: this one may be more.
bool Memory::forget_plain(std::uintptr_t start, const Context* mine) {
  const JournalCallback callback = mine == nullptr ? JournalCallback::none : mine->callback;
  if (callback == JournalCallback::free_value || callback == JournalCallback::flow_finish ||
      holding_.load(std::memory_order_relaxed))
    return false;
  Shard& shard = shard_of(start);
  const MutexLock lock(shard.lock);
  PlainBlock* const plain = shard.plain_blocks.find(start);
  if (plain == nullptr) return shard.others.find(start) == nullptr;
  shard.plain_blocks.erase(plain);
  return true;
}

bool Memory::freeing(void* block, const void* caller) noexcept {
  if (busy) return true;
  Context* const mine = engine::context();
  const Busy guard;
  const std::uintptr_t start = address_of(block);
  if (forget_plain(start, mine)) return true;
  const void* const call =
      abi::is_plugins_code(caller) ? abi::rust_call_of(caller) : abi::plugin_call(caller);
  Shard& shard = shard_of(start);
  Block ended;
  bool in_slot = false;
  bool free_now = true;
  void* evicted = nullptr;
  {
    const MutexLock lock(shard.lock);
    Block* known = nullptr;
    if (PlainBlock* const plain = shard.plain_blocks.find(start)) {
      ended = shard.expanded(*plain);
      ended.ended_at = call;
      ended.freed_in = mine == nullptr ? JournalCallback::none : mine->callback;
      if (worth_keeping(ended) && shard.takes_another_inner()) {
        known = shard.moved_to_others(plain);
      } else {
        shard.plain_blocks.erase(plain);
      }
    } else {
      known = shard.others.find(start);
      if (known == nullptr) return true;
    }
    if (known == nullptr) {
      // It is gone, as most are.
    } else if (known->freed) {
      // A second time: release it now, and the C library detects the double free.
      if (mine != nullptr && mine->journal != nullptr) mine->journal->frees_again();
      shard.others.erase(known);
      evicted = block;
    } else {
      known->ended_at = call;
      known->freed_in = mine == nullptr ? JournalCallback::none : mine->callback;
      in_slot = known->holders > 0;
      ended = *known;
      free_now = !in_slot && !worth_keeping(*known);
      if (free_now) {
        shard.others.erase(known);
      } else {
        known->freed = true;
        known->last = now();
        poison(*known);
        if (!in_slot) evicted = keep(shard, *known);
      }
    }
  }
  if (evicted != nullptr) abi::free_kept(evicted);
  if (ended.start == 0) return true;
  if (in_slot && mine != nullptr) {
    mine->freed_values.push_back(block);
    mine->to_check = true;
  }
  if (!in_slot) note_end(ended);
  if (!holding_.load(std::memory_order_relaxed)) return free_now;
  std::atomic_ref(frees_).fetch_add(1, std::memory_order_release);
  frees_waiter_.wake(frees_);
  return false;
}

// Any mapping at the same address replaces a plugin's mapping.
void Memory::mapped(void* start, std::size_t size, const void* caller) noexcept {
  if (busy) return;
  const Busy guard;
  if (caller != nullptr && abi::allocation_origin(caller) != nullptr) {
    mappings_.note(address_of(start), size);
  } else {
    mappings_.forget(address_of(start), size);
  }
}

bool Memory::unmapping(void* start, std::size_t size) noexcept {
  if (busy) return false;
  const Busy guard;
  return mappings_.forget(address_of(start), size);
}

std::vector<Memory::Used> Memory::used_after_free() const {
  const Busy guard;
  std::vector<Used> used;
  for (const Shard& shard : shards_) {
    const MutexLock lock(shard.lock);
    shard.others.for_each([&used](const Block& block) { add_if_used(block, used); });
  }
  const MutexLock lock(used_lock_);
  used.insert(used.end(), used_.begin(), used_.end());
  return used;
}

// This thread has freed the block, and no slot holds it.
void Memory::note_end(const Block& block) {
  if (block.is_name) {
    const MutexLock lock(names_lock_);
    freed_names_.push_back(reinterpret_cast<const void*>(block.start));
  }
  if (block.flow == 0) return;
  if (block.put_away && block.freed_in != JournalCallback::flow_finish) {
    const MutexLock lock(finish_lock_);
    freed_from_pools_.insert(origin_of(block));
  }
  if (block.freed_in == JournalCallback::free_value) {
    const MutexLock lock(finish_lock_);
    freed_in_free_.insert(origin_of(block));
  }
  if (block.freed_in == JournalCallback::flow_finish && block.flow == flow_of(engine::context())) {
    const MutexLock lock(finish_lock_);
    freed_in_finish_.insert(origin_of(block));
    if (finish_freed_.size() <= block.flow) finish_freed_.resize(block.flow + 1);
    finish_freed_[block.flow] = true;
  }
}

void Memory::set_failed(const SlotOf& slot, const void* value, const void* caller) {
  const Busy guard;
  const Moment here = now();
  with_block(value, [&](Shard&, Block& block) {
    if (block.holders > 0) return;
    block.was_value = true;
    block.fate = Fate::refused;
    block.set_at = caller;
    block.slot = slot;
    block.last = here;
  });
}

void Memory::ignore_leak(const void* value) {
  const Busy guard;
  with_block(value, [](Shard&, Block& block) { block.reported = true; });
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

template <class Use>
bool Memory::with_block(const void* value, Use use) {
  for (std::uintptr_t back = 0; back <= kFurthest && back < address_of(value); back += kStep) {
    const std::uintptr_t start = address_of(value) - back;
    Shard& shard = shard_of(start);
    const MutexLock lock(shard.lock);
    PlainBlock* const plain = shard.plain_blocks.find(start);
    Block* known = plain != nullptr ? nullptr : shard.others.find(start);
    if (plain == nullptr && known == nullptr) continue;
    const std::size_t size = plain != nullptr ? plain->size : known->size;
    if (back >= std::max<std::size_t>(size, 1)) continue;
    if (plain != nullptr) known = shard.moved_to_others(plain);
    use(shard, *known);
    return true;
  }
  return false;
}

bool Memory::knows(const void* address) const {
  const Busy guard;
  return const_cast<Memory*>(this)->with_block(address, [](Shard&, Block&) {});
}

const void* Memory::set_at(const void* value) const {
  const Busy guard;
  const void* found = nullptr;
  const_cast<Memory*>(this)->with_block(
      value, [&found](Shard&, const Block& block) { found = block.set_at; });
  return found;
}

void Memory::replaced(const SlotOf& slot, void* before, void* value, const void* caller) {
  if (before == value) return;
  const Busy guard;
  const Moment here = now();
  void* to_free = nullptr;
  Block ended;
  if (before != nullptr) {
    // with_block() holds the shard's lock.
    with_block(before, [&](Shard& shard, Block& block) SURISIM_NO_THREAD_SAFETY_ANALYSIS {
      if (block.holders > 0) --block.holders;
      if (block.holders > 0) return;
      if (block.freed) {  // freed first and taken out afterwards, which is fine
        ended = block;
        to_free = keep(shard, block);
        return;
      }
      block.fate = value == nullptr ? Fate::taken : Fate::overwritten;
      block.put_away = here.callback == JournalCallback::flow_finish && slot.type == STORAGE_FLOW;
      block.ended_at = caller;
      block.slot = slot;
      block.last = here;
    });
  }
  if (ended.start != 0) note_end(ended);
  if (to_free != nullptr) abi::free_kept(to_free);
  if (value == nullptr) return;
  with_block(value, [&](Shard&, Block& block) {
    ++block.holders;
    block.was_value = true;
    block.fate = Fate::none;
    block.put_away = false;
    block.set_at = caller;
    block.ended_at = nullptr;  // it has begun again
    block.slot = slot;
    block.last = here;
  });
}

bool Memory::hand_to_free(const SlotOf& slot, void* value, Block* gone) {
  const Busy guard;
  bool alive = true;
  with_block(value, [&](Shard&, Block& block) {
    if (block.holders > 0) --block.holders;
    if (!block.freed) {
      block.slot = slot;
      block.put_away = slot.type == STORAGE_FLOW &&
                       engine::side_of(static_cast<const Flow*>(slot.object))->finished;
      return;
    }
    alive = false;
    *gone = block;
    block.reported = true;
  });
  return alive;
}

void Memory::check_freed(const std::vector<void*>& freed,
                         const std::function<void(const Block&)>& report) {
  for (void* const value : freed) {
    Block found;
    {
      const Busy guard;
      with_block(value, [&](Shard&, Block& block) {
        if (!block.freed || block.holders == 0 || block.reported) return;
        // If a Free freed it, the Free of another slot that holds it reports it.
        if (block.freed_in == JournalCallback::free_value) return;
        found = block;
        block.reported = true;
      });
    }
    if (found.start != 0) report(found);
  }
}

void Memory::note_name(const void* name) {
  const Busy guard;
  with_block(name, [](Shard&, Block& block) { block.is_name = true; });
}

std::vector<const void*> Memory::freed_names() const {
  const Busy guard;
  const MutexLock lock(names_lock_);
  return freed_names_;
}

std::vector<Block> Memory::all() const {
  const Busy guard;
  std::vector<Block> blocks;
  std::size_t count = 0;
  for (const Shard& shard : shards_) {
    const MutexLock lock(shard.lock);
    count += shard.plain_blocks.size() + shard.others.size();
  }
  blocks.reserve(count);
  for (const Shard& shard : shards_) {
    const MutexLock lock(shard.lock);
    shard.for_each([&blocks](const Block& block) { blocks.push_back(block); });
  }
  return blocks;
}

std::vector<Pages> Memory::mapped(std::size_t most) const {
  const Busy guard;
  return mappings_.resident(most);
}

}  // namespace surisim::check
