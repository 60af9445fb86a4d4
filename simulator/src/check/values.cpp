// What became of values: overwritten, shared, freed in place, leaked, never set. L17, L20, L21,
// L27, L31, L32.
#include <dlfcn.h>
#include <fmt/core.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>

#include "abi/caller.hpp"
#include "abi/host_scope.hpp"
#include "base/safe_read.hpp"
#include "check/names.hpp"
#include "check/reach.hpp"
#include "check/watch.hpp"
#include "threads/flow_pool.hpp"
#include "threads/thread.hpp"
#include "threads/tm_threads.hpp"
#include "trace/os_threads.hpp"

namespace surisim::check {

using engine::Context;

// All workers come here: a store that changes nothing would take the cache line from the others.
void Watch::note_set(StorageEnum type, std::size_t slot) {
  auto& set = set_somewhere_[type];
  if (slot >= set.size()) return;
  if (!set[slot].load(std::memory_order_relaxed)) set[slot].store(true, std::memory_order_relaxed);
}

void Watch::value_set(StorageEnum type, const void* object, int id, void* before, void* value,
                      const void* caller) {
  Context* const mine = engine::context();
  if (mine == nullptr || id < 0) return;
  const abi::HostScope host;
  if (checks_) memory_.replaced({type, object, id}, before, value, caller);
  const bool is_thread = type == STORAGE_THREAD;
  if (!is_thread && type != STORAGE_FLOW) return;
  auto& counters = is_thread ? mine->thread_values : mine->flow_values;
  const auto slot = static_cast<std::size_t>(id);
  if (slot >= counters.size()) return;
  const bool made = value != nullptr && value != before;
  if (made) counters[slot].made.add();
  if (before != nullptr && value != before) counters[slot].taken.add();

  engine::Thread* const thread = is_thread ? thread_of(object) : nullptr;
  if (made) {
    if (thread != nullptr) thread->ever_set[slot] = 1;
    note_set(type, slot);
  }
  if (mine->log == nullptr) return;
  const char* const name = event_name_of(type, slot);
  if (is_thread) {
    if (thread != nullptr && made) thread->made_on[slot] = mine->event_name;
    engine::record_value(
        *mine, value == nullptr ? EventKind::thread_value_taken : EventKind::thread_value_set, name,
        "", thread);
  } else if (mine->flow == object && mine->record_flows) {
    auto* const flow = const_cast<Flow*>(static_cast<const Flow*>(object));
    if (made) engine::made_on_of(flow)[slot] = mine->event_name;
    engine::record_flow(value == nullptr ? EventKind::flow_value_taken : EventKind::flow_value_set,
                        engine::fields_of(*flow), nullptr, name);
  }
}

void Watch::set_failed(StorageEnum type, const void* object, int id, void* value,
                       const void* caller) {
  const abi::HostScope host;
  if (checks_ && value != nullptr) memory_.set_failed({type, object, id}, value, caller);
}

void Watch::value_refused(StorageEnum type, int id, void* value) {
  memory_.forgive(value);
  const auto slot = static_cast<std::size_t>(static_cast<unsigned>(id));
  if (type < STORAGE_MAX) note_set(type, slot);
}

bool Watch::value_freed(StorageEnum type, const void* object, int id, void* value,
                        const void* caller) {
  Context* const mine = engine::context();
  if (mine == nullptr || id < 0) return true;
  const abi::HostScope host;
  if (Block gone; checks_ && !memory_.hand_to_free({type, object, id}, value, &gone)) {
    gone.slot = {type, object, id};
    freed_in_place(gone);
    return false;
  }
  (void)caller;
  const bool is_thread = type == STORAGE_THREAD;
  if (!is_thread && type != STORAGE_FLOW) return true;
  auto& counters = is_thread ? mine->thread_values : mine->flow_values;
  const auto slot = static_cast<std::size_t>(id);
  if (slot >= counters.size()) return true;
  counters[slot].freed.add();

  if (mine->log == nullptr) return true;
  const char* const name = event_name_of(type, slot);
  if (is_thread) {
    engine::Thread* const thread = thread_of(object);
    engine::record_value(*mine, EventKind::thread_value_freed, name,
                         thread == nullptr ? "" : thread->made_on[slot], thread);
  } else if (mine->flow == object && mine->record_flows) {
    auto* const flow = const_cast<Flow*>(static_cast<const Flow*>(object));
    engine::record_flow(EventKind::flow_value_freed, engine::fields_of(*flow), nullptr, name,
                        engine::made_on_of(flow)[slot]);
  }
  return true;
}

// The plugin's own memory went while a slot still held it.
void Watch::freed_in_place(const Block& block) {
  const bool in_free = block.freed_in == JournalCallback::free_value;
  if (block.reported && !in_free) return;
  Where where{in_free ? "Free" : "free", block.ended_at, block.slot.type, block.slot.id};
  where.object = block.slot.object;
  where.plugin = block.plugin;
  where.set_at = block.set_at;
  if (in_free) {
    violate("value-shared", Severity::error, where, [&] {
      return fmt::format(
          "the value of {} slot \"{}\" is in a second slot, thread or flow, and Free "
          "has given its memory back already: the second Free is a double free",
          type_name(where.type), slot_name_of(where));
    });
  } else {
    violate("value-freed-in-place", Severity::error, where, [&] {
      return fmt::format(
          "the value of {} slot \"{}\" was freed in {}, and left in the slot: Suricata "
          "hands it to Free later, a double free",
          type_name(where.type), slot_name_of(where),
          block.freed_in == JournalCallback::none ? "a thread of the plugin's own"
                                                  : to_string(block.freed_in));
    });
  }
}

void Watch::got_nothing(const void* object, int id, const void* caller) {
  Context* const mine = engine::context();
  if (mine == nullptr || mine->callback == JournalCallback::none ||
      mine->callback == JournalCallback::free_value)
    return;
  const auto* const tv = static_cast<const ThreadVars*>(object);
  const abi::HostScope host;
  auto& reads = mine->empty_reads;
  const bool known = std::any_of(reads.begin(), reads.end(), [&](const engine::EmptyRead& read) {
    return read.tv == tv && read.id == id;
  });
  if (!known) reads.push_back({tv, id, abi::authors_call(caller)});
  mine->to_judge = true;
}

void Watch::callback_returns(Context& mine) {
  if (!checks_) return;
  memory_.judge_freed(mine.freed_values, [this](const Block& block) { freed_in_place(block); });
  judge_empty_reads(mine);
}

// Empty still: the value had not been set yet, or never is on this thread. Whether that matters is
// known when the run is over.
void Watch::judge_empty_reads(Context& mine) {
  for (const engine::EmptyRead& read : mine.empty_reads) {
    const auto slot = static_cast<std::size_t>(read.id);
    const engine::Thread* const thread = thread_of(read.tv);
    if (thread == nullptr || slot >= thread->ever_set.size() || thread->ever_set[slot] != 0)
      continue;
    Where where{"SCThreadGetStorageById", read.caller, STORAGE_THREAD, read.id};
    where.object = read.tv;
    const Place place{"slot-unset", read.caller, nullptr, STORAGE_THREAD, read.id};
    const std::lock_guard lock(mutex_);
    const auto [at, is_new] = empty_reads_.try_emplace(place);
    if (is_new) at->second.first = describe("slot-unset", Severity::warning, where);
    ++at->second.second;
  }
}

void Watch::init_returned(const void* frame) {
  if (checks_) judge_names(frame);
}

// Suricata keeps the pointer and reads the name again (L17).
void Watch::judge_names(const void* dead_stack) {
  const std::vector<const void*> freed = memory_.freed_names();
  pthread_attr_t attributes;
  void* stack = nullptr;
  std::size_t size = 0;
  // It fails where no file can be opened any more.
  if (dead_stack != nullptr && ::pthread_getattr_np(::pthread_self(), &attributes) == 0) {
    ::pthread_attr_getstack(&attributes, &stack, &size);
    ::pthread_attr_destroy(&attributes);
  }
  for (GivenName& name : names_) {
    if (name.told) continue;
    const char* what = nullptr;
    if (std::find(freed.begin(), freed.end(), name.pointer) != freed.end())
      what = "the memory of its name has been freed";
    else if (stack != nullptr && name.pointer >= stack && name.pointer < dead_stack)
      what = "its name is on the stack of a function that has returned";
    else if (base::read_string(name.pointer) != name.text)
      what = "its name says something else by now";
    if (what == nullptr) continue;
    name.told = true;
    Where where{name.type == STORAGE_THREAD ? "SCThreadStorageRegister" : "SCFlowStorageRegister",
                name.caller, name.type, name.id};
    where.plugin = name.plugin;
    where.slot_name = name.text.c_str();
    violate("register-dangling-name", Severity::warning, where, [&] {
      return fmt::format("{} slot \"{}\": {}. Suricata keeps the pointer, and reads through it",
                         type_name(name.type), name.text, what);
    });
  }
}

void Watch::end_of_run(bool threads_ran, bool failures) {
  if (checks_) {
    const abi::HostScope host;
    judge_names(nullptr);
    memory_.hold_frees();
    judge_blocks();
    tell_command_threads();
    if (!failures) judge_slots(threads_ran);
  }
  memory_.stop();
}

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

bool Watch::plugins_have_threads() const {
  const std::set<pid_t> tasks = engine::threads_of_process();
  return std::any_of(tasks.begin(), tasks.end(),
                     [this](pid_t tid) { return !host_tasks_.contains(tid); });
}

// Memory that should have come back by now.
std::vector<Watch::Lost> Watch::lost_blocks() const {
  const auto& plugins = loader_->plugins();
  const bool in_process = std::any_of(plugins.begin(), plugins.end(), [](const PluginInfo& plugin) {
    return plugin.path == engine::kInProcess;
  });
  // A thread of the plugin's own has a stack, which may lead to more than is seen here.
  const bool strangers = plugins_have_threads();
  const std::vector<Block> blocks = memory_.all();
  const std::vector<bool> held = reachable(blocks, in_process, memory_.mapped(kMostPages + 1));
  const std::vector<bool> inner = reachable_from_lost_values(blocks, held);
  const std::set<Origin> kept = kept_by_finish(blocks, held);
  std::vector<Lost> lost;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = blocks[i];
    if (block.reported || block.freed || block.holders > 0) continue;
    if (!block.was_value &&
        (inner[i] || !block.may_leak || in_process || strangers || asked_by_linker(block.caller)))
      continue;
    const bool relied = memory_.relied_on_finish(block) && !kept.contains(origin_of(block));
    if (!held[i] || relied) lost.push_back({block, relied});
  }
  return lost;
}

// A thread of the plugin's own may have been handed values to free, have the last of them on its
// stack, where nobody looks, and go on while we look. Lost is what stays so for as long as nothing
// more of it comes back.
void Watch::judge_blocks() {
  constexpr auto kPause = std::chrono::milliseconds(20);
  constexpr int kPatience = 40;
  std::vector<Lost> lost = lost_blocks();
  for (int idle = 0; !lost.empty() && idle < kPatience && plugins_have_threads(); ++idle) {
    std::this_thread::sleep_for(kPause);
    std::set<std::uintptr_t> now;
    for (const Lost& one : lost_blocks()) now.insert(one.block.start);
    const auto found =
        std::erase_if(lost, [&now](const Lost& one) { return !now.contains(one.block.start); });
    if (found > 0) idle = 0;
  }
  for (const Lost& one : lost) tell_lost(one.block, one.relied_on_finish);
}

// What is meant to stay, as in a cache: flows whose finish callback ran and gave memory back kept
// it, or a Free gives such memory back, for flows that get no finish callback too.
std::set<Origin> Watch::kept_by_finish(const std::vector<Block>& blocks,
                                       const std::vector<bool>& held) const {
  std::set<Origin> kept;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (held[i] && !blocks[i].freed && blocks[i].holders == 0 &&
        (memory_.finish_freed(blocks[i]) || memory_.freed_in_free(blocks[i])))
      kept.insert(origin_of(blocks[i]));
  }
  return kept;
}

void Watch::tell_lost(const Block& block, bool relied_on_finish) {
  const bool in_slot = block.was_value;
  Where where{"",
              block.ended_at != nullptr ? block.ended_at
              : block.set_at != nullptr ? block.set_at
                                        : block.caller,
              in_slot ? block.slot.type : STORAGE_MAX, in_slot ? block.slot.id : -1};
  where.plugin = block.plugin;
  where.set_at = block.set_at;
  where.moment = &block.last;
  const std::string what =
      in_slot
          ? fmt::format("the value of {} slot \"{}\"", type_name(where.type), slot_name_of(where))
          : fmt::format("memory that {} asked for", to_string(block.made_in));
  if (relied_on_finish) {
    violate("finish-relied-on", Severity::error, where, [&] {
      return fmt::format(
          "{} is freed in the flow finish callback only: flows that get none leak it", what);
    });
  } else if (block.fate == Fate::overwritten) {
    violate("value-overwritten", Severity::error, where, [&] {
      return fmt::format("{} was replaced by another value, and never freed: set does not free",
                         what);
    });
  } else {
    violate("value-leaked", Severity::error, where, [&] {
      return fmt::format("{} was never freed, and nothing leads to it any more{}", what,
                         block.fate == Fate::taken     ? ": it was taken out of its slot"
                         : block.fate == Fate::refused ? ": its set returned -1"
                                                       : "");
    });
  }
}

void Watch::tell_command_threads() {
  for (const engine::Thread* thread : threads_->family(TVT_CMD)) {
    if (thread->tv() == nullptr) continue;
    for (std::size_t slot = 0; slot < owners_[STORAGE_THREAD].size(); ++slot) {
      const std::uint32_t owner = owners_[STORAGE_THREAD][slot];
      if (thread->tv()->storage[slot].ptr == nullptr || owner == kSuricata) continue;
      const void* const set_at = memory_.set_at(thread->tv()->storage[slot].ptr);
      Where where{"", set_at, STORAGE_THREAD, static_cast<int>(slot)};
      where.plugin = owner;
      where.tv = thread->name();
      where.set_at = set_at;
      violate("value-command-thread", Severity::note, where, [&] {
        return fmt::format(
            "thread slot \"{}\" holds a value on {}, a command thread, whose storage "
            "Suricata never frees",
            slot_name_of(where), thread->name());
      });
    }
  }
}

void Watch::judge_slots(bool threads_ran) {
  const std::lock_guard lock(mutex_);
  for (const auto& [place, read] : empty_reads_) {
    const auto& [violation, count] = read;
    const auto slot = static_cast<std::size_t>(std::get<4>(place));
    const auto& set = set_somewhere_[STORAGE_THREAD];
    if (slot >= set.size() || !set[slot]) continue;
    Violation found = violation;
    found.count = count;
    found.message = fmt::format(
        "thread slot \"{}\" was read where it holds nothing: before it is "
        "set, or on a thread where it never is",
        found.slot);
    violations_.add(std::move(found));
  }
  if (!threads_ran) return;
  judge_unused(STORAGE_THREAD);
  judge_unused(STORAGE_FLOW);
}

void Watch::judge_unused(StorageEnum type) {
  for (const GivenName& name : names_) {
    const auto slot = static_cast<std::size_t>(name.id);
    if (name.type != type || slot >= set_somewhere_[type].size() || set_somewhere_[type][slot])
      continue;
    Where where{type == STORAGE_THREAD ? "SCThreadStorageRegister" : "SCFlowStorageRegister",
                name.caller, type, name.id};
    where.plugin = name.plugin;
    Violation found = describe("slot-unused", Severity::note, where);
    found.message = fmt::format("{} slot \"{}\" was registered, and no {} ever had a value in it",
                                type_name(type), slot_name_of(where), type_name(type));
    violations_.add(std::move(found));
  }
}

}  // namespace surisim::check
