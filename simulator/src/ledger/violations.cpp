// Describes where violations happened (thread, phase, callback, plugin, source line), and counts
// those that happen again.
#include "ledger/violations.hpp"

#include <fmt/core.h>
#include <pthread.h>

#include <string>
#include <vector>

#include "abi/callers.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "base/source_line.hpp"
#include "rules/found.hpp"
#include "trace/handover.hpp"

namespace surisim::ledger {

namespace {

// Adds the stack of the current call, which returns to `caller`. If the callback did not make the
// call itself, adds where the callback's own code was (called_from).
void add_stack(Violation& violation, const void* caller) {
  constexpr std::size_t kMost = 32;
  const std::vector<const void*> calls = abi::calls_from(caller, kMost);
  const std::string file = base::loaded_address(caller).file;
  const void* callback = nullptr;
  for (const void* call : calls) {
    violation.frames.push_back({base::describe_address(call), base::source_of(call)});
    const std::string& source = violation.frames.back().source;
    if (!base::is_library_line(source) && base::loaded_address(call).file == file &&
        (!source.empty() || !base::is_library_function(base::symbol_at(call))))
      callback = call;
  }
  if (callback != nullptr && base::describe_address(callback) != violation.call_site)
    violation.called_from = base::describe_call(callback);
}

}  // namespace

std::string this_thread_name() {
  if (const engine::Context* mine = engine::context()) return mine->os_name;
  char name[16] = "";
  pthread_getname_np(pthread_self(), name, sizeof name);
  return fmt::format("{} (not one of Suricata's)", name);
}

Violation Violations::describe(RuleId rule, const Where& where) const {
  Violation violation = surisim::found(rule, "");
  if (where.severity) violation.severity = *where.severity;
  violation.tv = where.tv;
  violation.slot = slot_name_of(where);
  violation.thread = where.thread != nullptr ? where.thread : this_thread_name();
  if (where.phase != nullptr) {
    violation.phase = where.phase;
    violation.callback = to_string(where.callback);
  } else {
    violation.phase = phase_.load(std::memory_order_relaxed);
    if (const engine::Context* mine = engine::context()) {
      // Destructors that run at the end of the process are only in the journal.
      const bool journalled = mine->callback == JournalCallback::none && mine->journal != nullptr;
      violation.callback = to_string(journalled ? mine->journal->callback() : mine->callback);
      if (violation.tv.empty() && mine->callback_tv != nullptr)
        violation.tv = mine->callback_tv->name;
    }
  }
  violation.function = where.function;
  const void* const caller = abi::authors_call(where.caller);
  violation.call_site = base::describe_address(caller);
  violation.other_thread = where.other_thread;
  violation.source = base::source_of(caller);
  violation.set_at = base::describe_call(abi::tail_call_of(where.set_at));
  const std::uint32_t plugin =
      where.plugin == engine::kNoPlugin ? plugin_in_charge() : where.plugin;
  if (plugin < loader_->plugins().size()) violation.plugin = loader_->plugins()[plugin].path;
  if (where.phase == nullptr) add_stack(violation, where.caller);
  return violation;
}

const char* Violations::slot_name_of(const Where& where) {
  return *where.slot_name != '\0' ? where.slot_name
                                  : abi::state().storage.name_of(where.type, where.id);
}

std::uint32_t Violations::plugin_in_charge() const {
  const engine::Context* const mine = engine::context();
  if (mine != nullptr && mine->plugin != engine::kNoPlugin) return mine->plugin;
  return loader_->plugins().size() == 1 ? 0 : engine::kNoPlugin;
}

bool Violations::count_again(const Call& call) {
  const auto known = described_.find(call);
  if (known == described_.end()) return false;
  ++found_[known->second].count;
  return true;
}

std::size_t Violations::add_locked(Violation violation) {
  if (violation.frames.empty() && !violation.call_site.empty())
    violation.frames.push_back({violation.call_site, violation.source});
  const auto [known, is_new] = by_key_.try_emplace(same::in_run(violation), found_.size());
  if (is_new) {
    if (violation.clock == 0) violation.clock = engine::my_clock().now();
    found_.push_back(std::move(violation));
    if (listener_) listener_(found_.back());
  } else {
    found_[known->second].count += violation.count;
  }
  return known->second;
}

void Violations::add(Violation violation) {
  const MutexLock lock(mutex_);
  (void)add_locked(std::move(violation));
}

std::vector<Violation> Violations::all() const {
  const MutexLock lock(mutex_);
  return found_;
}

}  // namespace surisim::ledger
