// What plugins register and the simulator only numbers, keeps and lists: protocols, keywords,
// loggers, and functions to be called later.
//
// When:    from a plugin's Init on, until reset().
// Owner:   the process state.
// Threads: main: registration has no lock, as in Suricata. RegisteredLoggers: any.
// Source:  app-layer-protos.c, app-layer.c, detect-engine-register.c, detect-engine-helper.c,
//          detect-engine.c, output.c.
#pragma once

#include <suricata/app-layer-protos.h>
#include <suricata/output-streaming.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/journal.hpp"
#include "base/mutex.hpp"

namespace surisim::abi {

// The numbers and names of application-layer protocols.
class Protocols {
 public:
  // As in a new process.
  void reset();
  // NULL: no protocol has this number.
  const char* name_of(AppProto protocol) const;
  // ALPROTO_UNKNOWN: no protocol has this name.
  AppProto find(const char* name) const;
  // Names a protocol anew, or gives the next free number a name. False: the number is higher.
  bool set(AppProto protocol, const char* name);

 private:
  std::vector<const char*> names_;  // callers' pointers, by number
};

// The numbers of keywords, buffers and thread contexts of rules, and sigmatch_table, to which
// plugins write.
class Keywords {
 public:
  // As in a new process, before any plugin is loaded.
  void reset();
  // The next free id; -1 when out of memory. The table may move.
  int add();
  // The same name gets the same number.
  int buffer(const std::string& name);
  int thread_context(const std::string& name);

 private:
  std::map<std::string, int> buffers_;
  std::map<std::string, int> thread_contexts_;
};

// The plugin's name for a keyword: its pointer, not to be trusted. NULL: it has none yet.
const char* keyword_name(int id);

// Functions that plugins pass in Init, called once all plugins are loaded, when Suricata registers
// its own (L2).
class LateRegistrations {
 public:
  struct Entry {
    void (*call)();
    std::uint32_t plugin;  // whose Init was running (LoadingPlugin::place)
  };

  // 0, or 1 when out of memory. NULL is reported to the observer and not kept. [main]
  int add(JournalCallback kind, void (*call)(), const void* caller);
  const std::vector<Entry>& all() const { return entries_; }
  void reset() { entries_.clear(); }

 private:
  std::vector<Entry> entries_;
};

// A logger that a plugin has registered, and whether it ran. Entries keep their addresses, and
// outlive the lists that threads run, which are emptied at the end of each lifecycle.
struct RegisteredLogger {
  JournalCallback kind = JournalCallback::none;
  std::string name;
  AppProto protocol = ALPROTO_UNKNOWN;                // of a tx logger
  SCOutputStreamingType stream = STREAMING_TCP_DATA;  // of a streaming logger
  std::uint32_t plugin = 0;                           // engine::kNoPlugin: unknown
  bool has_thread_init = false;
  std::string eve_type;                // of a sub-module of EVE: the type that sets it up; else ""
  std::string output;                  // of another module: the output that sets it up; else ""
  std::atomic<bool> set_up{false};     // an output has set the module up
  std::atomic<bool> displaced{false};  // a logger before it has its data
  std::atomic<bool> initialised{false};  // its ThreadInit has succeeded on a thread
  std::atomic<bool> ran{false};
  std::atomic<std::uint64_t> runs{0};  // on threads that have finished their ThreadDeinit
};

class RegisteredLoggers {
 public:
  // `fill` sets the entry's other fields. [any thread]
  template <class Fill>
  RegisteredLogger& add(JournalCallback kind, const char* name, std::uint32_t plugin, Fill fill) {
    const MutexLock lock(mutex_);
    RegisteredLogger& entry = entries_.emplace_back();
    entry.kind = kind;
    entry.name = name == nullptr ? "" : name;
    entry.plugin = plugin;
    fill(entry);
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
