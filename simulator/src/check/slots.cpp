// Checks slots during the run: values that are shared, freed in place or read before they are set,
// names whose memory is gone (L17), and slots that never hold a value (L20, L21, L27, L31, L32).
#include <fmt/core.h>

#include <algorithm>

#include "abi/callbacks.hpp"
#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "base/safe_read.hpp"
#include "check/checker.hpp"
#include "check/leak_roots.hpp"
#include "threads/simulated_thread.hpp"

namespace surisim::check {

using engine::Context;
using ledger::type_name;
using ledger::Violations;

namespace {

// The part of this thread's stack below `top`, which is no longer in use; nullptr: unknown.
class DeadStack {
 public:
  explicit DeadStack(const void* top) : top_(reinterpret_cast<std::uintptr_t>(top)) {}

  bool contains(const void* address) {
    // No stack is larger. Checked first, because finding main's stack reads a file.
    constexpr std::uintptr_t kFar = std::uintptr_t{1} << 30;
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    if (at >= top_ || top_ - at > kFar) return false;
    if (bottom_ == 0) bottom_ = this_threads_stack().begin;
    return bottom_ != 0 && at >= bottom_;
  }

 private:
  std::uintptr_t top_;
  std::uintptr_t bottom_ = 0;
};

}  // namespace

// Runs on all workers: storing only on a change keeps the cache line shared.
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

// Reports that the plugin freed memory that a slot still held.
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
          "has already released its memory{}: the second Free is a double free",
          type_name(where.type), Violations::slot_name_of(where),
          by_rust_function(" by", block.ended_at));
    });
  } else {
    found(RuleId::value_freed_in_place, where, [&] {
      return fmt::format(
          "the value of {} slot \"{}\" was freed in {}{}, and left in the slot: Suricata "
          "hands it to Free later, a double free",
          type_name(where.type), Violations::slot_name_of(where),
          block.freed_in == JournalCallback::none ? "a thread of the plugin's own"
                                                  : to_string(block.freed_in),
          by_rust_function(" by", block.ended_at));
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
  mine->check_on_return = true;
}

// Counts the callback's reads of slots that are still empty: the value has not been set yet, or is
// never set on this thread. Only the end of the run shows whether that is a mistake.
void Checker::check_empty_reads(Context& mine) {
  for (const engine::EmptyRead& read : mine.empty_reads) {
    const auto slot = static_cast<std::size_t>(read.id);
    const engine::Thread* const thread = ledger_.thread_of(read.tv);
    if (thread == nullptr || slot >= thread->ever_set.size() || thread->ever_set[slot] != 0)
      continue;
    Where where{abi::storage_function("SCThreadGetStorageById"), read.caller, STORAGE_THREAD,
                read.id};
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
        "thread slot \"{}\" was read while empty: before it is set, or on a thread that never "
        "sets it",
        violation.slot);
    ledger_.violations().add(std::move(violation));
  }
}

void Checker::note_name(const abi::SlotRegistration& slot) {
  const Context* const mine = engine::context();
  names_.push_back({slot.name, base::read_string(slot.name), slot.type, slot.id, slot.owner,
                    slot.caller, ledger_.violations().phase().load(),
                    mine == nullptr ? JournalCallback::none : mine->callback});
  memory_.note_name(slot.name);
}

// Violations are reported at the registration, whenever they are found.
Where Checker::where_of(const GivenName& name) {
  Where where{abi::storage_function(name.type == STORAGE_THREAD ? "SCThreadStorageRegister"
                                                                : "SCFlowStorageRegister"),
              name.caller, name.type, name.id};
  where.plugin = name.plugin;
  where.phase = name.phase;
  where.callback = name.callback;
  return where;
}

// `dead_stack`: the stack below it is no longer in use; nullptr: unknown.
void Checker::check_names(const void* dead_stack) {
  const std::vector<const void*> freed = memory_.freed_names();
  DeadStack dead(dead_stack);
  for (GivenName& name : names_) {
    if (name.reported) continue;
    const char* what = nullptr;
    if (std::find(freed.begin(), freed.end(), name.pointer) != freed.end())
      what = "the memory of its name has been freed";
    else if (dead.contains(name.pointer))
      what = "its name is on the stack of a function that has returned";
    else if (base::read_string(name.pointer) != name.text)
      what = "the text of its name has changed";
    if (what == nullptr) continue;
    name.reported = true;
    Where where = where_of(name);
    where.slot_name = name.text.c_str();
    found(RuleId::register_dangling_name, where, [&] {
      return fmt::format("{} slot \"{}\": {}. Suricata keeps the pointer, and reads through it",
                         type_name(name.type), name.text, what);
    });
  }
}

void Checker::note_output(const abi::OutputRegistration& output) {
  const Context* const mine = engine::context();
  {
    const MutexLock lock(mutex_);
    given_outputs_.push_back({output.kind, output.name, base::read_string(output.name), output.type,
                              output.type == nullptr ? SCEveFileType{} : *output.type,
                              abi::running_plugin(), output.caller,
                              ledger_.violations().phase().load(),
                              mine == nullptr ? JournalCallback::none : mine->callback});
  }
  if (output.name != nullptr) memory_.note_name(output.name);
  if (output.type != nullptr) memory_.note_name(output.type);
}

namespace {

// Ignores the field that only the host uses.
bool same(const SCEveFileType& a, const SCEveFileType& b) {
  return a.name == b.name && a.Init == b.Init && a.ThreadInit == b.ThreadInit &&
         a.Write == b.Write && a.ThreadDeinit == b.ThreadDeinit && a.Deinit == b.Deinit;
}

}  // namespace

// What has changed in it; empty: nothing.
std::string Checker::change_of(const GivenOutput& output, const std::vector<const void*>& freed,
                               const void* dead_stack) const {
  DeadStack dead(dead_stack);
  const auto gone = [&](const void* memory) -> const char* {
    if (std::find(freed.begin(), freed.end(), memory) != freed.end()) return "has been freed";
    return dead.contains(memory) ? "is on the stack of a function that has returned" : nullptr;
  };
  if (output.type != nullptr) {
    if (const char* const how = gone(output.type)) return fmt::format("its struct {}", how);
    SCEveFileType now{};
    if (base::read_memory(output.type, &now, sizeof now) != sizeof now || !same(now, output.copy))
      return "its struct has changed";
  }
  if (output.pointer == nullptr) return "";
  if (const char* const how = gone(output.pointer)) return fmt::format("its name {}", how);
  return base::read_string(output.pointer) == output.text ? "" : "the text of its name has changed";
}

void Checker::check_outputs(const void* dead_stack) {
  const abi::HostScope host;
  const std::vector<const void*> freed = memory_.freed_names();
  const MutexLock lock(mutex_);
  for (GivenOutput& output : given_outputs_) {
    const std::string what = output.reported ? "" : change_of(output, freed, dead_stack);
    if (what.empty()) continue;
    output.reported = true;
    Where where{"", output.caller};
    where.plugin = output.plugin;
    where.phase = output.phase;
    where.callback = output.callback;
    if (output.type == nullptr) where.severity = Severity::warning;
    found(RuleId::output_changed, where, [&] {
      return fmt::format(
          "{} \"{}\": {} after it was registered. Suricata keeps the pointer, and {}",
          to_string(output.kind), output.text, what,
          output.type == nullptr ? "prints what is there" : "uses what is there");
    });
  }
}

void Checker::check_unused(StorageEnum type) {
  for (const GivenName& name : names_) {
    const auto slot = static_cast<std::size_t>(name.id);
    if (name.type != type || slot >= ever_set_[type].size() || ever_set_[type][slot]) continue;
    const Where where = where_of(name);
    Violation violation = ledger_.violations().describe(RuleId::slot_unused, where);
    violation.message =
        fmt::format("{} slot \"{}\" was registered, and no {} ever had a value in it",
                    type_name(type), Violations::slot_name_of(where), type_name(type));
    ledger_.violations().add(std::move(violation));
  }
}

}  // namespace surisim::check
