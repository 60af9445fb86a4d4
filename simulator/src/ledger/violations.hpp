// The violations of a run: each is kept once per place, with a count.
//
// When:    from the engine's construction; found() and add() after attach().
// Owner:   the Ledger. Names and paths are copied.
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

// Where a violation happened, and which object and slot it concerns.
struct Where {
  const char* function = "";     // the host's function
  const void* caller = nullptr;  // the plugin's call; nullptr: unknown
  StorageEnum type = STORAGE_MAX;
  int id = -1;                               // of the slot; -1: no slot
  const char* slot_name = "";                // if the slot has no id
  const void* object = nullptr;              // ThreadVars or Flow
  std::uint32_t plugin = engine::kNoPlugin;  // default: the plugin whose callback runs
  std::string tv = {};
  std::string other_thread = {};
  const void* set_at = nullptr;
  std::optional<Severity> severity = {};  // replaces the catalogue's
  // For a violation that is found later than it happened; nullptr: now, on this thread.
  const char* phase = nullptr;
  const char* thread = nullptr;
  JournalCallback callback = JournalCallback::none;
};

// "W#01"; a plugin's own thread is marked as such.
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
  // message() returns its text, and is called only if the call is not known yet. No lock is held
  // meanwhile, because describing a violation walks the stack and reads files.
  template <class Message>
  void found(RuleId rule, const Where& where, Message message) {
    // The function too: a call through a pointer may reach several.
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
  // The plugin whose callback runs; otherwise the only plugin, or kNoPlugin.
  std::uint32_t plugin_in_charge() const;

 private:
  // Calls that have been described; they are only counted, which is much faster.
  using Call = std::tuple<RuleId, const void*, const void*, const void*, int, int>;
  bool count_again(const Call& call) SURISIM_REQUIRES(mutex_);
  std::size_t add_locked(Violation violation) SURISIM_REQUIRES(mutex_);

  const engine::PluginLoader* loader_ = nullptr;
  std::atomic<const char*> phase_{""};
  mutable Mutex mutex_;
  std::vector<Violation> found_ SURISIM_GUARDED_BY(mutex_);
  // Indexes into found_.
  std::unordered_map<std::string, std::size_t> by_key_ SURISIM_GUARDED_BY(mutex_);
  std::map<Call, std::size_t> described_ SURISIM_GUARDED_BY(mutex_);
  const Listener listener_;
};

}  // namespace surisim::ledger
