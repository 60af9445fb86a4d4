// The violations of a run: each once for each place, with a count.
//
// When:    from the engine's construction; found() and add() at any time after attach().
// Owner:   the ledger. Names and paths are copied.
// Threads: any, unless a tag says otherwise.
#pragma once

#include <suricata/util-storage.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/journal.hpp"
#include "base/mutex.hpp"
#include "plugin/plugin_loader.hpp"
#include "surisim/rules.hpp"
#include "trace/context.hpp"

namespace surisim::ledger {

// "thread", "flow", …
constexpr const char* type_name(StorageEnum type) {
  constexpr const char* kNames[] = {"host", "flow", "ippair", "device", "thread"};
  return static_cast<unsigned>(type) < STORAGE_MAX ? kNames[type] : "unknown";
}

// Where a violation happened, and which object and slot it is about.
struct Where {
  const char* function = "";     // the host's function
  const void* caller = nullptr;  // the plugin's call; nullptr: not known
  StorageEnum type = STORAGE_MAX;
  int id = -1;                               // of the slot; -1: no slot
  const char* slot_name = "";                // if the slot has no id
  const void* object = nullptr;              // ThreadVars or Flow
  std::uint32_t plugin = engine::kNoPlugin;  // default: the one whose callback runs
  std::string tv = {};
  std::string other_thread = {};
  const void* set_at = nullptr;
  std::optional<Severity> severity = {};  // instead of the catalogue's
  // Set when the violation is found later than it happened; nullptr: now, on this thread.
  const char* phase = nullptr;
  const char* thread = nullptr;
  JournalCallback callback = JournalCallback::none;
};

// "W#01"; of a plugin's own thread its name, with a word on that.
std::string this_thread_name();

class Violations {
 public:
  using Listener = std::function<void(const Violation&)>;

  // `listener` gets each new violation, one at a time. May be empty.
  explicit Violations(Listener listener = {}) : listener_(std::move(listener)) {}

  void attach(const engine::PluginLoader* loader) { loader_ = loader; }
  // The phase in which violations happen from now on. [main]
  void enter_phase(const char* name) { phase_.store(name, std::memory_order_relaxed); }
  const std::atomic<const char*>& phase() const { return phase_; }

  // Adds a violation of the rule, or counts it if the rule was broken at the same place before.
  // `message` makes its text; it is called only for a call that is not known, without a lock: the
  // stack is walked and files are read here.
  template <class Message>
  void found(RuleId rule, const Where& where, Message message) {
    // A call through a pointer may be of several functions.
    const Call call{rule, where.function, where.caller, where.set_at, where.type, where.id};
    if (where.caller != nullptr) {
      const MutexLock lock(mutex_);
      if (count_again(call)) return;
    }
    Violation violation = describe(rule, where);
    violation.message = message();
    const MutexLock lock(mutex_);
    const std::size_t at = add_locked(std::move(violation));
    if (where.caller != nullptr) described_.insert_or_assign(call, at);
  }
  // A violation without its message.
  Violation describe(RuleId rule, const Where& where) const;
  // Adds the violation, or its count to that of an equal one.
  void add(Violation violation);
  std::vector<Violation> all() const;

  // "" if there is no slot.
  static const char* slot_name_of(const Where& where);
  // The plugin whose callback runs; else the only plugin; else kNoPlugin.
  std::uint32_t plugin_in_charge() const;

 private:
  // Known calls are only counted: describing one takes far longer.
  using Call = std::tuple<RuleId, const void*, const void*, const void*, int, int>;
  bool count_again(const Call& call) SURISIM_REQUIRES(mutex_);
  std::size_t add_locked(Violation violation) SURISIM_REQUIRES(mutex_);

  const engine::PluginLoader* loader_ = nullptr;
  std::atomic<const char*> phase_{""};
  mutable Mutex mutex_;
  std::vector<Violation> found_ SURISIM_GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::size_t> by_key_ SURISIM_GUARDED_BY(mutex_);  // in found_
  std::map<Call, std::size_t> described_ SURISIM_GUARDED_BY(mutex_);                // the same
  const Listener listener_;
};

}  // namespace surisim::ledger
