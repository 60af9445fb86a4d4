// Decides at the end of the run which values and other blocks have leaked: those that were never
// freed and that no pointer leads to.
// Scans memory as a conservative garbage collector does (L20, L21, L27, L31, L32).
#include <dlfcn.h>
#include <fmt/core.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <string_view>

#include "abi/host.hpp"
#include "abi/process_state.hpp"
#include "base/safe_read.hpp"
#include "check/checker.hpp"
#include "check/leak_roots.hpp"
#include "threads/tm_threads.hpp"
#include "trace/os_threads.hpp"
#include "translate/thread_state.hpp"

// Reads any memory word by word, and so must not be instrumented.
#define SURISIM_READS_ANYTHING __attribute__((no_sanitize_address, no_sanitize_thread))

namespace surisim::check {

using ledger::type_name;
using ledger::Violations;

namespace {

// Where pointers may be that keep memory reachable.
struct Roots {
  std::array<Range, 2> holes;  // left out: they contain no pointers of plugins
  std::vector<Range> ranges;
};

void add_range(Range range, Roots& roots) {
  for (const Range& hole : roots.holes) {
    if (hole.begin < range.begin || hole.begin >= range.end) continue;
    roots.ranges.push_back({range.begin, hole.begin});
    range.begin = hole.end;
  }
  roots.ranges.push_back(range);
}

int add_ranges(dl_phdr_info* info, std::size_t, void* to) {
  auto& roots = *static_cast<Roots*>(to);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) != 0) {
      const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
      add_range({begin, begin + segment.p_memsz}, roots);
    } else if (segment.p_type == PT_TLS && info->dlpi_tls_data != nullptr) {
      const auto begin = reinterpret_cast<std::uintptr_t>(info->dlpi_tls_data);
      roots.ranges.push_back({begin, begin + segment.p_memsz});
    }
  }
  return 0;
}

// The data of the program and its libraries, and this thread's thread-local variables.
std::vector<Range> find_roots() {
  // Translated code writes the addresses that it accesses there.
  const auto ring = reinterpret_cast<std::uintptr_t>(translate::discard_ring.data());
  Roots roots{{{{ring, ring + translate::discard_ring.size()}, lists_of_free_memory()}}, {}};
  ::dl_iterate_phdr(add_ranges, &roots);
  return std::move(roots.ranges);
}

// Marks blocks, and all blocks that pointers in scanned memory lead to.
class Marker {
 public:
  explicit Marker(const std::vector<Block>& blocks)
      : blocks_(blocks), marked_(blocks.size()), order_(blocks.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::sort(order_.begin(), order_.end(), [&blocks](std::size_t a, std::size_t b) {
      return blocks[a].start < blocks[b].start;
    });
    if (blocks.empty()) return;
    const Block& last = blocks[order_.back()];
    span_ = {blocks[order_.front()].start, last.start + std::max<std::size_t>(last.size, 1)};
  }

  void mark(std::size_t block) {
    if (marked_[block]) return;
    marked_[block] = true;
    to_scan_.push_back(block);
  }

  SURISIM_READS_ANYTHING void scan(Range range) {
    // Tells the supervisor that the run makes progress.
    constexpr std::size_t kBetweenMoves = std::size_t{64} << 20;
    scanned_ += range.end - range.begin;
    if (scanned_ >= kBetweenMoves) {
      scanned_ = 0;
      engine::Context* const mine = engine::context();
      if (mine != nullptr && mine->journal != nullptr) mine->journal->note_progress();
    }
    constexpr std::uintptr_t kWord = sizeof(void*);
    for (std::uintptr_t at = (range.begin + kWord - 1) & ~(kWord - 1); at + kWord <= range.end;
         at += kWord) {
      mark_block_at(*reinterpret_cast<const std::uintptr_t*>(at));
    }
  }

  // Skips pages of a large range that are not in physical memory: reading would allocate them.
  void scan_resident(Range range) {
    constexpr std::size_t kMuch = 64 * kPage;
    if (range.end - range.begin < kMuch) return scan(range);
    for (const Range& pages : resident_pages(range, SIZE_MAX))
      scan({std::max(pages.begin, range.begin), std::min(pages.end, range.end)});
  }

  // For memory that may be protected, or be unmapped at any time.
  void scan_copy_of(Range pages) {
    constexpr std::size_t kAtOnce = 16 * kPage;
    std::array<std::uintptr_t, kAtOnce / sizeof(std::uintptr_t)> copy;
    const auto start = reinterpret_cast<std::uintptr_t>(copy.data());
    for (std::uintptr_t at = pages.begin; at < pages.end;) {
      const std::size_t got = base::read_memory(reinterpret_cast<const void*>(at), copy.data(),
                                                std::min<std::size_t>(pages.end - at, kAtOnce));
      scan({start, start + got});
      at += std::max<std::size_t>(got, kPage);
    }
  }

  std::vector<bool> finish() {
    while (!to_scan_.empty()) {
      const Block& block = blocks_[to_scan_.back()];
      to_scan_.pop_back();
      if (!block.freed) scan_resident({block.start, block.start + block.size});
    }
    return std::move(marked_);
  }

 private:
  void mark_block_at(std::uintptr_t address) {
    if (address < span_.begin || address >= span_.end) return;  // most words
    const auto after = std::upper_bound(
        order_.begin(), order_.end(), address,
        [this](std::uintptr_t wanted, std::size_t i) { return wanted < blocks_[i].start; });
    if (after == order_.begin()) return;
    const std::size_t candidate = *(after - 1);
    const Block& block = blocks_[candidate];
    if (address < block.start + std::max<std::size_t>(block.size, 1)) mark(candidate);
  }

  const std::vector<Block>& blocks_;
  std::vector<bool> marked_;
  std::vector<std::size_t> order_;  // by start
  Range span_;                      // of all blocks
  std::vector<std::size_t> to_scan_;
  std::size_t scanned_ = 0;  // bytes, since the journal was last updated
};

// With more mapped memory than this (512 MiB, which takes a third of a second) every block counts
// as reachable.
constexpr std::size_t kMostPages = 131072;

// For each block, whether it is in a slot, need not be freed, or is reachable: a word that may be a
// pointer leads to it from the data of the program and its libraries, from this thread's
// thread-local variables or (with `stack`) its stack, from `mapped`, or from a reachable block. In
// doubt the answer is yes.
std::vector<bool> reachable(const std::vector<Block>& blocks, bool stack,
                            const std::vector<Range>& mapped) {
  std::size_t count = 0;
  for (const Range& pages : mapped) count += (pages.end - pages.begin) / kPage;
  if (count > kMostPages) return std::vector<bool>(blocks.size(), true);

  Marker marker(blocks);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = blocks[i];
    if (block.holders > 0 || !(block.must_be_freed || block.was_value)) marker.mark(i);
  }
  std::vector<Range> ranges = find_roots();
  if (const Range used = this_threads_stack(); stack && used.end != 0)
    ranges.push_back({reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)), used.end});
  for (const Range& range : ranges) marker.scan_resident(range);
  for (const Range& pages : mapped) marker.scan_copy_of(pages);
  return marker.finish();
}

// For each block, whether it is an unreachable value or a reported block, or one of these leads to
// it. Who loses a value also loses what it owns, which is one mistake.
std::vector<bool> reachable_from_lost_values(const std::vector<Block>& blocks,
                                             const std::vector<bool>& reached) {
  Marker marker(blocks);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = blocks[i];
    if (!reached[i] && !block.freed && block.holders == 0 && (block.was_value || block.reported))
      marker.mark(i);
  }
  return marker.finish();
}

// The address of the first word that leads into the block; 0: none does.
SURISIM_READS_ANYTHING std::uintptr_t find_pointer(Range range, const Block& block) {
  constexpr std::uintptr_t kWord = sizeof(void*);
  for (const Range& pages : resident_pages(range, SIZE_MAX)) {
    std::uintptr_t at = (std::max(pages.begin, range.begin) + kWord - 1) & ~(kWord - 1);
    for (const std::uintptr_t end = std::min(pages.end, range.end); at + kWord <= end; at += kWord)
      if (*reinterpret_cast<const std::uintptr_t*>(at) - block.start < block.size) return at;
  }
  return 0;
}

// The dynamic linker allocates thread-local variables. No pointer that is scanned leads to them,
// and plugins do not free them.
bool allocated_by_linker(const void* caller) {
  Dl_info info{};
  if (caller == nullptr || ::dladdr(caller, &info) == 0 || info.dli_fname == nullptr) return true;
  const std::string_view path = info.dli_fname;
  const std::string_view file = path.substr(path.rfind('/') + 1);
  return file.starts_with("ld-linux");
}

}  // namespace

bool Checker::plugins_have_threads() const {
  const std::set<pid_t> tasks = engine::threads_of_process();
  return std::any_of(tasks.begin(), tasks.end(),
                     [this](pid_t tid) { return !host_tasks_.contains(tid); });
}

// Blocks that have leaked.
std::vector<Checker::Lost> Checker::lost_blocks() const {
  const auto& plugins = loader_.plugins();
  const bool in_process = std::any_of(plugins.begin(), plugins.end(), [](const PluginInfo& plugin) {
    return plugin.path == engine::kInProcess;
  });
  // Stacks of plugins' own threads are not scanned, and may lead to more blocks.
  const bool own_threads = plugins_have_threads();
  const std::vector<Block> blocks = memory_.all();
  const std::vector<bool> held = reachable(blocks, in_process, memory_.mapped(kMostPages + 1));
  const std::vector<bool> inner = reachable_from_lost_values(blocks, held);
  const std::set<Origin> kept = kept_by_finish(blocks, held);
  const Pooled pooled = pooled_by_finish(blocks, held);
  std::vector<Lost> lost;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = blocks[i];
    if (block.reported || block.freed || block.holders > 0) continue;
    if (!block.was_value && (inner[i] || !block.must_be_freed || in_process || own_threads ||
                             allocated_by_linker(block.caller)))
      continue;
    const Origin origin = origin_of(block);
    const bool missed_pool = !held[i] && !block.put_away && block.fate == Fate::none &&
                             block.slot.type == STORAGE_FLOW &&
                             (pooled.kept.contains(origin) || pooled.freed.contains(origin));
    const bool relied = (memory_.relied_on_finish(block) && !kept.contains(origin)) || missed_pool;
    if (!held[i] || relied) lost.push_back({block, relied});
  }
  return lost;
}

// Plugins' own threads may still be freeing values, and have pointers to them on their stacks,
// which are not scanned. So blocks count as leaked only once none of them has been freed for a
// while.
void Checker::check_leaks() {
  constexpr std::uint64_t kPatience = 800;  // ms
  std::uint32_t frees = memory_.frees();
  // Asked before each search, which then sees everything that an ended thread has freed.
  bool threads_left = plugins_have_threads();
  std::vector<Lost> lost = lost_blocks();
  engine::Deadline deadline = engine::deadline_in(kPatience);
  while (!lost.empty() && threads_left) {
    const bool any_freed = memory_.wait_for_free(frees, deadline);
    frees = memory_.frees();
    threads_left = plugins_have_threads();
    std::set<std::uintptr_t> now;
    for (const Lost& one : lost_blocks()) now.insert(one.block.start);
    const auto freed =
        std::erase_if(lost, [&now](const Lost& one) { return !now.contains(one.block.start); });
    if (freed > 0) {
      deadline = engine::deadline_in(kPatience);
    } else if (!any_freed) {
      break;
    }
  }
  for (const Lost& one : lost) report_lost(one.block, one.relied_on_finish);
}

// Origins whose blocks are meant to stay, as in a cache: flows kept them although their finish
// callback freed memory, or a Free releases them, which also runs for flows without a finish.
std::set<Origin> Checker::kept_by_finish(const std::vector<Block>& blocks,
                                         const std::vector<bool>& held) const {
  std::set<Origin> kept;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (held[i] && !blocks[i].freed && blocks[i].holders == 0 &&
        (memory_.finish_freed(blocks[i]) || memory_.freed_in_free(blocks[i])))
      kept.insert(origin_of(blocks[i]));
  }
  return kept;
}

// Values that finish callbacks took out and that are still reachable, or were freed later. Not if
// other such values have leaked: then finish has not put them into a pool.
Checker::Pooled Checker::pooled_by_finish(const std::vector<Block>& blocks,
                                          const std::vector<bool>& held) const {
  Pooled pooled{{}, memory_.freed_from_pools()};
  std::set<Origin> lost;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = blocks[i];
    if (!block.put_away || block.freed || block.holders > 0) continue;
    (held[i] ? pooled.kept : lost).insert(origin_of(block));
  }
  for (std::set<Origin>* origins : {&pooled.kept, &pooled.freed})
    std::erase_if(*origins, [&lost](const Origin& origin) { return lost.contains(origin); });
  return pooled;
}

void Checker::report_lost(const Block& block, bool relied_on_finish) {
  const bool in_slot = block.was_value;
  Where where{"",
              block.ended_at != nullptr ? block.ended_at
              : block.set_at != nullptr ? block.set_at
                                        : block.caller,
              in_slot ? block.slot.type : STORAGE_MAX, in_slot ? block.slot.id : -1};
  where.plugin = block.plugin;
  where.set_at = block.set_at;
  if (block.last.thread != nullptr) {
    where.phase = block.last.phase;
    where.thread = block.last.thread;
    where.callback = block.last.callback;
  }
  const std::string what = in_slot
                               ? fmt::format("the value of {} slot \"{}\"", type_name(where.type),
                                             Violations::slot_name_of(where))
                               : fmt::format("memory that {} allocated{}", to_string(block.made_in),
                                             by_rust_function(" in", block.caller));
  if (relied_on_finish) {
    found(RuleId::finish_relied_on, where, [&] {
      return fmt::format(
          "{} is released only in the flow finish callback: flows that get none leak it", what);
    });
  } else if (block.fate == Fate::overwritten) {
    found(RuleId::value_overwritten, where, [&] {
      return fmt::format("{} was replaced by another value, and never freed: set does not free",
                         what);
    });
  } else {
    found(RuleId::value_leaked, where, [&] {
      return fmt::format("{} was never freed, and no pointer leads to it{}", what,
                         block.fate == Fate::taken     ? ": it was taken out of its slot"
                         : block.fate == Fate::refused ? ": its set returned -1"
                                                       : "");
    });
  }
}

// Where a pointer to the block is: who kept it.
std::string Checker::holder_of(const Block& block) const {
  const auto& plugins = loader_.plugins();
  for (const Range& range : find_roots()) {
    const std::uintptr_t at = find_pointer(range, block);
    Dl_info info{};
    if (at == 0 || ::dladdr(reinterpret_cast<const void*>(at), &info) == 0) continue;
    const std::string_view file = info.dli_fname;
    if (std::any_of(plugins.begin(), plugins.end(), [file](const PluginInfo& plugin) {
          return file == plugin.path || file.ends_with("/" + plugin.path);
        }))
      return fmt::format(" in a variable of {}", file.substr(file.rfind('/') + 1));
  }
  for (const Block& other : memory_.all()) {
    if (other.freed || find_pointer({other.start, other.start + other.size}, block) == 0) continue;
    if (!other.was_value && allocated_by_linker(other.caller)) return " in a thread-local variable";
    if (!other.was_value)
      return fmt::format(" in memory that {} allocated", to_string(other.made_in));
    Where where{"", nullptr, other.slot.type, other.slot.id};
    return fmt::format(" in the value of {} slot \"{}\"", type_name(where.type),
                       Violations::slot_name_of(where));
  }
  return "";
}

// Reported where the memory was freed: what wrote to it is unknown.
void Checker::report_used_after_free() {
  for (const auto& [block, at] : memory_.used_after_free()) {
    const SlotOf slot = block.was_value ? block.slot : SlotOf{};
    Where where{"", block.ended_at != nullptr ? block.ended_at : block.set_at, slot.type, slot.id};
    where.plugin = block.plugin;
    where.set_at = block.set_at;
    where.phase = block.last.phase;
    where.thread = block.last.thread;
    where.callback = block.freed_in;
    found(RuleId::value_used_after_free, where, [&block = block, &at = at, &where, this] {
      const std::string what =
          block.was_value ? fmt::format("the value of {} slot \"{}\"", type_name(where.type),
                                        Violations::slot_name_of(where))
                          : "memory that belonged to a value";
      return fmt::format(
          "{} was freed in {}{} and written to afterwards, {} bytes from its start: a pointer to "
          "it was kept{}",
          what,
          block.freed_in == JournalCallback::none ? "a thread of the plugin's own"
                                                  : to_string(block.freed_in),
          by_rust_function(" by", block.ended_at), at, holder_of(block));
    });
  }
}

void Checker::report_command_threads() {
  for (const engine::Thread* thread : threads_.family(TVT_CMD)) {
    if (thread->tv() == nullptr) continue;
    for (std::size_t slot = 0; slot < abi::state().storage.count(STORAGE_THREAD); ++slot) {
      const int id = static_cast<int>(slot);
      const std::uint32_t* const owner = abi::state().storage.owner_of(STORAGE_THREAD, id);
      if (abi::in_thread().storage(thread->tv())[slot].ptr == nullptr || owner == nullptr ||
          *owner == abi::kSuricata)
        continue;
      const void* const set_at = memory_.set_at(abi::in_thread().storage(thread->tv())[slot].ptr);
      Where where{"", set_at, STORAGE_THREAD, id};
      where.plugin = *owner;
      where.tv = thread->name();
      where.set_at = set_at;
      found(RuleId::value_command_thread, where, [&] {
        return fmt::format(
            "thread slot \"{}\" holds a value on {}, a command thread, whose storage "
            "Suricata never frees; a value that is made when first needed is not made there",
            Violations::slot_name_of(where), thread->name());
      });
    }
  }
}

}  // namespace surisim::check
