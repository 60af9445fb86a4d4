// Every logger that a plugin has registered, and what became of it. Outlives the lists that
// threads run: those are forgotten at the end of each lifecycle.
//
// When:    from its registration until reset().
// Owner:   the process state; entries keep their place.
// Threads: any.
#pragma once

#include <suricata/app-layer-protos.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>

#include "base/journal.hpp"
#include "base/mutex.hpp"

namespace surisim::abi {

struct RegisteredLogger {
  JournalCallback kind = JournalCallback::none;
  std::string name;
  AppProto protocol = ALPROTO_UNKNOWN;  // of a tx logger
  std::uint32_t plugin = 0;             // engine::kNoPlugin: nobody knows
  bool has_thread_init = false;
  std::atomic<bool> initialised{false};  // its ThreadInit has succeeded on a thread
  std::atomic<bool> ran{false};
  std::atomic<std::uint64_t> runs{0};  // of threads that are past their ThreadDeinit
};

class RegisteredLoggers {
 public:
  // Kept until reset(). [any thread]
  RegisteredLogger& add(JournalCallback kind, const char* name, AppProto protocol,
                        std::uint32_t plugin, bool has_thread_init) {
    const MutexLock lock(mutex_);
    RegisteredLogger& entry = entries_.emplace_back();
    entry.kind = kind;
    entry.name = name == nullptr ? "" : name;
    entry.protocol = protocol;
    entry.plugin = plugin;
    entry.has_thread_init = has_thread_init;
    return entry;
  }
  // Calls `call` with each, in the order of registration. [any thread]
  template <class Call>
  void for_each(Call call) const {
    const MutexLock lock(mutex_);
    for (const RegisteredLogger& entry : entries_) call(entry);
  }
  void reset() {
    const MutexLock lock(mutex_);
    entries_.clear();
  }

 private:
  mutable Mutex mutex_;
  std::deque<RegisteredLogger> entries_ SURISIM_GUARDED_BY(mutex_);
};

}  // namespace surisim::abi
