// The violations of a run: each once for a place, with a count.
//
// When:    made when the engine is; found() and add() at any time after attach().
// Owner:   the ledger. Names and paths are copied.
// Threads: any, but for what says otherwise.
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

// What a violation is about.
struct Where {
  const char* function = "";     // of the host
  const void* caller = nullptr;  // the plugin's call; nullptr: not known
  StorageEnum type = STORAGE_MAX;
  int id = -1;                               // of a slot; -1: none in particular
  const char* slot_name = "";                // where the slot has no id
  const void* object = nullptr;              // ThreadVars or Flow
  std::uint32_t plugin = engine::kNoPlugin;  // default: the one whose callback runs
  std::string tv = {};
  std::string other_thread = {};
  const void* set_at = nullptr;
  std::optional<Severity> severity = {};  // where the catalogue's is too much
  // Of what is found out later than it happened; nullptr: it happens now, here.
  const char* phase = nullptr;
  const char* thread = nullptr;
  JournalCallback callback = JournalCallback::none;
};

class Violations {
 public:
  using Listener = std::function<void(const Violation&)>;

  // `listener` hears each new one, one at a time. May be empty.
  explicit Violations(Listener listener = {}) : listener_(std::move(listener)) {}

  void attach(const engine::PluginLoader* loader) { loader_ = loader; }
  // Phase that they are said to happen in. [main]
  void enter_phase(const char* name) { phase_.store(name, std::memory_order_relaxed); }
  const std::atomic<const char*>& phase() const { return phase_; }

  // Adds a violation of the rule, or counts it when the rule was broken at the same place before.
  // `message` makes the sentence; it is called for the first one only, with a lock held.
  template <class Message>
  void found(RuleId rule, const Where& where, Message message) {
    const Call call{rule, where.caller, where.set_at, where.type, where.id};
    const MutexLock lock(mutex_);
    if (where.caller != nullptr && count_again(call)) return;
    Violation violation = describe(rule, where);
    violation.message = message();
    const std::size_t at = add_locked(std::move(violation));
    if (where.caller != nullptr) described_.insert_or_assign(call, at);
  }
  // A violation without its message.
  Violation describe(RuleId rule, const Where& where) const;
  // Adds it, or its count to that of the same one.
  void add(Violation violation);
  std::vector<Violation> all() const;

  // "" for what is no slot.
  static const char* slot_name_of(const Where& where);
  // The plugin whose callback runs; on a thread of nobody's, or outside of callbacks, the only one.
  std::uint32_t plugin_in_charge() const;

 private:
  // Spares describing the same call again, which takes far longer than to count it.
  using Call = std::tuple<RuleId, const void*, const void*, int, int>;
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
