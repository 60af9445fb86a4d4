// Updates what is known about blocks, in malloc, free and the storage calls.
#include "check/plugin_memory.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "abi/callers.hpp"
#include "abi/host_function.hpp"
#include "threads/flow_pool.hpp"
#include "trace/context.hpp"

namespace surisim::check {

namespace {

using engine::Context;

// Set while this thread is in Memory: its own allocations are ignored.
thread_local bool busy __attribute__((tls_model("initial-exec"))) = false;

class Busy {
 public:
  Busy() noexcept { busy = true; }
  ~Busy() { busy = false; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
};

// A value may point a little way into its block, after a header such as a reference count.
constexpr std::uintptr_t kStep = 8;
constexpr std::uintptr_t kFurthest = 64;

std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

// Whether memory allocated in such a callback belongs to a thread, flow or record, and must be
// freed.
bool belongs_to_run(JournalCallback callback) {
  if (is_logger(callback)) return true;
  switch (callback) {
    case JournalCallback::thread_init:
    case JournalCallback::flow_init:
    case JournalCallback::flow_update:
    case JournalCallback::flow_finish:
    case JournalCallback::eve:
      return true;
    default:
      return false;
  }
}

// In a child process locks that other threads held at the fork are never released: do not watch it.
void forget_in_child() { abi::g_allocations.store(nullptr); }

// The plugin's call that led to the allocation; the C or C++ library may have allocated for it.
const void* caller_of(const void* caller) noexcept {
  const void* const origin = abi::allocation_origin(caller);
  return origin != nullptr ? abi::rust_call_of(origin) : abi::plugin_call(caller);
}

const void* freeing_call(const void* caller) noexcept {
  return abi::is_plugins_code(caller) ? abi::rust_call_of(caller) : abi::plugin_call(caller);
}

// find(caller), which nearly always returns `caller` itself: callers for which it does are cached.
template <class Find>
const void* known_call(Context* mine, const void* caller, Find find) noexcept {
  if (mine == nullptr || caller == nullptr) return find(caller);
  auto& calls = mine->allocations.authors_calls;
  const std::uintptr_t address = address_of(caller);
  const void*& known = calls[(address ^ address >> 6) % calls.size()];
  if (known == caller) return caller;
  const void* const call = find(caller);
  if (call == caller) known = caller;
  return call;
}

}  // namespace

Memory::Memory(const std::atomic<const char*>& phase) : phase_(phase) {
  moments_[0] = std::make_unique<Moments>();
  static const int registered = ::pthread_atfork(nullptr, nullptr, forget_in_child);
  (void)registered;
}

Memory::~Memory() {
  stop();
  if (abi::frees_at_once()) return;
  for (const Shard& shard : shards_) {
    const MutexLock lock(shard.lock);
    shard.detailed.for_each([](const Block& block) {
      if (block.freed) abi::free_kept(reinterpret_cast<void*>(block.start));
    });
  }
}

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
  // A thread's blocks are near each other and far from other threads', so threads rarely contend.
  return shards_[(start >> 20) * 0x9e3779b97f4a7c15U >> (64 - kShardBits)];
}

bool Memory::is_busy() const noexcept { return busy; }

std::uint32_t Memory::moment_of(Context* mine) {
  if (mine == nullptr) return 0;
  engine::AllocationCache& cache = mine->allocations;
  const char* const phase = phase_.load(std::memory_order_relaxed);
  if (cache.phase == phase) return cache.moment;
  Moment moment = now();
  moment.callback = JournalCallback::none;
  cache.phase = phase;
  const MutexLock lock(moments_lock_);
  const std::size_t piece = moments_count_ / kMomentsAtOnce;
  if (piece == moments_.size()) return cache.moment = 0;  // the list is full
  if (moments_[piece] == nullptr) moments_[piece] = std::make_unique<Moments>();
  (*moments_[piece])[moments_count_ % kMomentsAtOnce] = moment;
  return cache.moment = moments_count_++;
}

Block Memory::expanded(std::uintptr_t start, const PlainBlock& plain) const {
  Block block;
  block.start = start;
  block.size = plain.size;
  block.caller = plain.caller;
  block.flow = plain.flow;
  block.last = (*moments_[plain.moment / kMomentsAtOnce])[plain.moment % kMomentsAtOnce];
  block.made_in = plain.made_in;
  block.last.callback = plain.made_in;
  block.plugin = plain.plugin == PlainBlock::kNoPlugin ? engine::kNoPlugin : plain.plugin;
  block.must_be_freed = plain.must_be_freed;
  return block;
}

Block* Memory::detailed(Shard& shard, std::uintptr_t start) {
  PlainBlocks::Entry* const entry = plain_.find(start);
  if (entry == nullptr || entry->kind(start) != BlockKind::plain) return shard.detailed.find(start);
  Block& block = shard.detailed.at(start);
  block = expanded(start, entry->block());
  entry->set_detailed(start);
  return &block;
}

void Memory::forget(Shard& shard, Block& block) {
  plain_.find(block.start)->forget();
  shard.detailed.erase(&block);
}

void Memory::allocated(void* block, std::size_t size, const void* caller) noexcept {
  if (busy || base::own_depth != 0) return;
  Context* const mine = engine::context();
  if (mine != nullptr && mine->callback == JournalCallback::none) return;
  const Busy guard;
  const std::uintptr_t start = address_of(block);
  PlainBlocks::Entry* const entry = plain_.make(start);
  if (entry == nullptr) return;
  PlainBlock made;
  made.size = size;
  made.caller = known_call(mine, caller, caller_of);
  if (mine != nullptr) {
    if (mine->callback == JournalCallback::open && abi::allocation_origin(caller) != nullptr)
      engine::note_constructor(*mine, "allocated memory");
    made.flow = flow_of(mine);
    made.plugin = mine->plugin;
    made.moment = moment_of(mine);
    made.made_in = mine->callback;
    made.must_be_freed = abi::host_depth == 0 && belongs_to_run(mine->callback);
  }
  entry->set_plain(start, made);
}

// Most blocks are only allocated and freed. It matters how blocks are freed in a flow's finish and
// in a Free.
bool Memory::freeing(void* block, const void* caller) noexcept {
  if (busy) return true;
  const std::uintptr_t start = address_of(block);
  // The C library reads the word before the block next: fetch it along with the entry.
  __builtin_prefetch(reinterpret_cast<const char*>(start) - sizeof(std::size_t));
  PlainBlocks::Entry* const entry = plain_.find(start);
  if (entry == nullptr) return true;
  const BlockKind kind = entry->kind(start);
  if (kind == BlockKind::unknown) return true;
  Context* const mine = engine::context();
  const JournalCallback callback = mine == nullptr ? JournalCallback::none : mine->callback;
  const bool matters = callback == JournalCallback::free_value ||
                       callback == JournalCallback::flow_finish ||
                       holding_.load(std::memory_order_relaxed);
  if (kind == BlockKind::plain && !matters) {
    entry->forget();
    return true;
  }
  const Busy guard;
  return note_free(start, mine, known_call(mine, caller, freeing_call));
}

// Forgets the block. False: its memory is kept all the same.
bool Memory::note_plain_free(PlainBlocks::Entry& entry, const PlainBlock& plain,
                             JournalCallback callback) {
  entry.forget();
  note_end({plain.caller, plain.made_in, plain.size}, plain.flow, callback);
  return !is_holding();
}

bool Memory::note_free(std::uintptr_t start, Context* mine, const void* call) {
  void* const block = reinterpret_cast<void*>(start);
  const JournalCallback callback = mine == nullptr ? JournalCallback::none : mine->callback;
  PlainBlocks::Entry& entry = *plain_.find(start);
  Shard& shard = shard_of(start);
  if (entry.kind(start) == BlockKind::plain) {
    const PlainBlock plain = entry.block();
    if (!worth_keeping(plain, callback) || !shard.takes_another_inner())
      return note_plain_free(entry, plain, callback);
  }
  Block ended;
  bool in_slot = false;
  bool free_now = true;
  void* evicted = nullptr;
  {
    const MutexLock lock(shard.lock);
    Block* const known = detailed(shard, start);
    if (known == nullptr) return true;
    if (known->freed && known->freed_in == callback && callback == JournalCallback::free_value &&
        known->last.thread != now().thread) {
      // Two threads passed it to Free at the same time.
      known->freed_twice = true;
      mine->freed_values.push_back(block);
      mine->check_on_return = true;
      return false;
    }
    if (known->freed) {
      // A double free: release the memory now, so that the C library detects it.
      if (mine != nullptr && mine->journal != nullptr) mine->journal->frees_again();
      forget(shard, *known);
      evicted = block;
    } else {
      known->ended_at = call;
      known->freed_in = callback;
      in_slot = known->holders > 0;
      ended = *known;
      free_now = !in_slot && !worth_keeping(*known);
      if (free_now) {
        forget(shard, *known);
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
    mine->check_on_return = true;
  }
  if (!in_slot) note_end(ended);
  return !is_holding() && free_now;
}

bool Memory::is_holding() {
  if (!holding_.load(std::memory_order_relaxed)) return false;
  std::atomic_ref(frees_).fetch_add(1, std::memory_order_release);
  frees_waiter_.wake(frees_);
  return true;
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
    shard.detailed.for_each([&used](const Block& block) { add_if_used(block, used); });
  }
  const MutexLock lock(used_lock_);
  used.insert(used.end(), used_.begin(), used_.end());
  return used;
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

template <class Use>
bool Memory::with_block(const void* value, Use use) {
  for (std::uintptr_t back = 0; back <= kFurthest && back < address_of(value); back += kStep) {
    const std::uintptr_t start = address_of(value) - back;
    const PlainBlocks::Entry* const entry = plain_.find(start);
    if (entry == nullptr || entry->kind(start) == BlockKind::unknown) continue;
    Shard& shard = shard_of(start);
    const MutexLock lock(shard.lock);
    Block* const known = detailed(shard, start);
    if (known == nullptr || back >= std::max<std::size_t>(known->size, 1)) continue;
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
      if (block.freed) {  // taken out after it was freed, which is fine
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
    block.ended_at = nullptr;  // it is in use again
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
        if (!block.freed || block.reported || (block.holders == 0 && !block.freed_twice)) return;
        // If a Free freed it, it is reported at the Free of another slot that holds it.
        if (block.freed_in == JournalCallback::free_value && !block.freed_twice) return;
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
  plain_.for_each([&](std::uintptr_t start, const PlainBlock& plain) {
    blocks.push_back(expanded(start, plain));
  });
  for (const Shard& shard : shards_) {
    const MutexLock lock(shard.lock);
    shard.detailed.for_each([&blocks](const Block& block) { blocks.push_back(block); });
  }
  return blocks;
}

std::vector<Range> Memory::mapped(std::size_t most) const {
  const Busy guard;
  return mappings_.resident(most);
}

}  // namespace surisim::check
