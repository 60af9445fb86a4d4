// What is lost when the run is over: memory that nobody has freed and nothing leads to. L20, L21,
// L27, L31, L32.
#include <dlfcn.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "abi/process_state.hpp"
#include "check/checker.hpp"
#include "check/reach.hpp"
#include "threads/tm_threads.hpp"
#include "trace/os_threads.hpp"

namespace surisim::check {

using ledger::type_name;
using ledger::Violations;

namespace {

// The dynamic linker keeps the variables of threads in places where nobody looks; they are not the
// plugin's to free.
bool asked_by_linker(const void* caller) {
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

// Memory that should have come back by now.
std::vector<Checker::Lost> Checker::lost_blocks() const {
  const auto& plugins = loader_.plugins();
  const bool in_process = std::any_of(plugins.begin(), plugins.end(), [](const PluginInfo& plugin) {
    return plugin.path == engine::kInProcess;
  });
  // A thread of the plugin's own has a stack, which may lead to more than is seen here.
  const bool own_threads = plugins_have_threads();
  const std::vector<Block> blocks = memory_.all();
  const std::vector<bool> held = reachable(blocks, in_process, memory_.mapped(kMostPages + 1));
  const std::vector<bool> inner = reachable_from_lost_values(blocks, held);
  const std::set<Origin> kept = kept_by_finish(blocks, held);
  std::vector<Lost> lost;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = blocks[i];
    if (block.reported || block.freed || block.holders > 0) continue;
    if (!block.was_value &&
        (inner[i] || !block.may_leak || in_process || own_threads || asked_by_linker(block.caller)))
      continue;
    const bool relied = memory_.relied_on_finish(block) && !kept.contains(origin_of(block));
    if (!held[i] || relied) lost.push_back({block, relied});
  }
  return lost;
}

// A thread of the plugin's own may have been handed values to free, have the last of them on its
// stack, where nobody looks, and go on while we look. Lost is what stays so for as long as nothing
// more of it comes back.
void Checker::check_leaks() {
  constexpr std::uint64_t kPatience = 800;  // ms
  std::uint32_t frees = memory_.frees();
  // Asked before each look: what a thread has freed by its end, the look then finds freed.
  bool threads_left = plugins_have_threads();
  std::vector<Lost> lost = lost_blocks();
  engine::Deadline deadline = engine::deadline_in(kPatience);
  while (!lost.empty() && threads_left) {
    const bool any_freed = memory_.wait_for_free(frees, deadline);
    frees = memory_.frees();
    threads_left = plugins_have_threads();
    std::set<std::uintptr_t> now;
    for (const Lost& one : lost_blocks()) now.insert(one.block.start);
    const auto came_back =
        std::erase_if(lost, [&now](const Lost& one) { return !now.contains(one.block.start); });
    if (came_back > 0) {
      deadline = engine::deadline_in(kPatience);
    } else if (!any_freed) {
      break;
    }
  }
  for (const Lost& one : lost) report_lost(one.block, one.relied_on_finish);
}

// What is meant to stay, as in a cache: flows whose finish callback ran and gave memory back kept
// it, or a Free gives such memory back, for flows that get no finish callback too.
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
                               : fmt::format("memory that {} asked for", to_string(block.made_in));
  if (relied_on_finish) {
    found(RuleId::finish_relied_on, where, [&] {
      return fmt::format(
          "{} is freed in the flow finish callback only: flows that get none leak it", what);
    });
  } else if (block.fate == Fate::overwritten) {
    found(RuleId::value_overwritten, where, [&] {
      return fmt::format("{} was replaced by another value, and never freed: set does not free",
                         what);
    });
  } else {
    found(RuleId::value_leaked, where, [&] {
      return fmt::format("{} was never freed, and nothing leads to it any more{}", what,
                         block.fate == Fate::taken     ? ": it was taken out of its slot"
                         : block.fate == Fate::refused ? ": its set returned -1"
                                                       : "");
    });
  }
}

void Checker::report_command_threads() {
  for (const engine::Thread* thread : threads_.family(TVT_CMD)) {
    if (thread->tv() == nullptr) continue;
    for (std::size_t slot = 0; slot < abi::state().storage.count(STORAGE_THREAD); ++slot) {
      const int id = static_cast<int>(slot);
      const std::uint32_t* const owner = abi::state().storage.owner_of(STORAGE_THREAD, id);
      if (thread->tv()->storage[slot].ptr == nullptr || owner == nullptr ||
          *owner == abi::kSuricata)
        continue;
      const void* const set_at = memory_.set_at(thread->tv()->storage[slot].ptr);
      Where where{"", set_at, STORAGE_THREAD, id};
      where.plugin = *owner;
      where.tv = thread->name();
      where.set_at = set_at;
      found(RuleId::value_command_thread, where, [&] {
        return fmt::format(
            "thread slot \"{}\" holds a value on {}, a command thread, whose storage "
            "Suricata never frees",
            Violations::slot_name_of(where), thread->name());
      });
    }
  }
}

}  // namespace surisim::check
