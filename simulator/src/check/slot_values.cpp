// What becomes of values while the run goes on: shared, freed in place, or read where there are
// none. L20, L21, L27, L31, L32.
#include <fmt/core.h>

#include <algorithm>

#include "abi/host_function.hpp"
#include "check/checker.hpp"
#include "threads/thread.hpp"

namespace surisim::check {

using engine::Context;
using ledger::type_name;
using ledger::Violations;

// All workers come here: a store that changes nothing would take the cache line from the others.
void Checker::mark_used(StorageEnum type, int id) {
  if (static_cast<unsigned>(type) >= STORAGE_MAX) return;
  auto& set = ever_set_[type];
  const auto slot = static_cast<std::size_t>(static_cast<unsigned>(id));
  if (slot >= set.size()) return;
  if (!set[slot].load(std::memory_order_relaxed)) set[slot].store(true, std::memory_order_relaxed);
}

void Checker::note_set(const abi::StorageCall& call) {
  const abi::HostScope host;
  const SlotOf of{call.type, call.object, call.id};
  if (call.failed) {
    if (call.value != nullptr) memory_.set_failed(of, call.value, call.caller);
    return;
  }
  if (engine::context() == nullptr || call.id < 0) return;
  memory_.replaced(of, call.before, call.value, call.caller);
  if (call.value == nullptr || call.value == call.before) return;
  mark_used(call.type, call.id);
  if (call.type != STORAGE_THREAD) return;
  engine::Thread* const thread = ledger_.thread_of(call.object);
  const auto slot = static_cast<std::size_t>(call.id);
  if (thread != nullptr && slot < thread->ever_set.size()) thread->ever_set[slot] = 1;
}

bool Checker::check_release(const abi::StorageCall& call) {
  if (engine::context() == nullptr || call.id < 0) return true;
  const abi::HostScope host;
  const SlotOf of{call.type, call.object, call.id};
  Block gone;
  if (memory_.hand_to_free(of, call.value, &gone)) return true;
  gone.slot = of;
  report_freed_in_place(gone);
  return false;
}

// The plugin's own memory went while a slot still held it.
void Checker::report_freed_in_place(const Block& block) {
  const bool in_free = block.freed_in == JournalCallback::free_value;
  if (block.reported && !in_free) return;
  Where where{in_free ? "Free" : "free", block.ended_at, block.slot.type, block.slot.id};
  where.object = block.slot.object;
  where.plugin = block.plugin;
  where.set_at = block.set_at;
  if (in_free) {
    found(RuleId::value_shared, where, [&] {
      return fmt::format(
          "the value of {} slot \"{}\" is in a second slot, thread or flow, and Free "
          "has given its memory back already: the second Free is a double free",
          type_name(where.type), Violations::slot_name_of(where));
    });
  } else {
    found(RuleId::value_freed_in_place, where, [&] {
      return fmt::format(
          "the value of {} slot \"{}\" was freed in {}, and left in the slot: Suricata "
          "hands it to Free later, a double free",
          type_name(where.type), Violations::slot_name_of(where),
          block.freed_in == JournalCallback::none ? "a thread of the plugin's own"
                                                  : to_string(block.freed_in));
    });
  }
}

void Checker::note_empty_read(const abi::StorageCall& call) {
  Context* const mine = engine::context();
  if (mine == nullptr || mine->callback == JournalCallback::none ||
      mine->callback == JournalCallback::free_value)
    return;
  const auto* const tv = static_cast<const ThreadVars*>(call.object);
  const abi::HostScope host;
  auto& reads = mine->empty_reads;
  const bool known = std::any_of(reads.begin(), reads.end(), [&](const engine::EmptyRead& read) {
    return read.tv == tv && read.id == call.id;
  });
  if (!known) reads.push_back({tv, call.id, abi::authors_call(call.caller)});
  mine->to_check = true;
}

// Empty still: the value had not been set yet, or never is on this thread. Whether that matters is
// known when the run is over.
void Checker::check_empty_reads(Context& mine) {
  for (const engine::EmptyRead& read : mine.empty_reads) {
    const auto slot = static_cast<std::size_t>(read.id);
    const engine::Thread* const thread = ledger_.thread_of(read.tv);
    if (thread == nullptr || slot >= thread->ever_set.size() || thread->ever_set[slot] != 0)
      continue;
    Where where{"SCThreadGetStorageById", read.caller, STORAGE_THREAD, read.id};
    where.object = read.tv;
    const MutexLock lock(mutex_);
    const auto [at, is_new] = empty_reads_.try_emplace({read.caller, read.id});
    if (is_new) at->second.violation = ledger_.violations().describe(RuleId::slot_unset, where);
    ++at->second.count;
  }
}

void Checker::report_empty_reads() {
  const MutexLock lock(mutex_);
  for (const auto& [call, reads] : empty_reads_) {
    const auto slot = static_cast<std::size_t>(call.second);
    const auto& set = ever_set_[STORAGE_THREAD];
    if (slot >= set.size() || !set[slot]) continue;
    Violation violation = reads.violation;
    violation.count = reads.count;
    violation.message = fmt::format(
        "thread slot \"{}\" was read where it holds nothing: before it is "
        "set, or on a thread where it never is",
        violation.slot);
    ledger_.violations().add(std::move(violation));
  }
}

}  // namespace surisim::check
