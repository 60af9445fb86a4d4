// What a plugin did wrong, in the words of the rule catalogue.
//
// When:    recorded at the call that commits it.
// Owner:   a value.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>

namespace surisim {

enum class Severity { note, warning, error };

struct Violation {
  std::string rule;  // stable id: "register-duplicate-name"
  Severity severity = Severity::error;
  std::string message;   // one sentence: what was done, with names and ids
  std::string phase;     // lifecycle phase: "create packet threads"
  std::string thread;    // OS thread: "main", "W#01"
  std::string tv;        // ThreadVars it was about, empty when none
  std::string slot;      // slot name, empty when none
  std::string callback;  // what was running: "Init", "thread init", "flow update", "Free", or empty
  std::string function;  // host function called: "SCThreadSetStorageById"
  std::string call_site;     // "plugin.so!on_thread_init+0x24", empty when unknown
  std::string source;        // "plugin.c:42" of that call, where there is debug information
  std::string other_thread;  // the other OS thread, where two are involved: "FR#01"
  std::string set_at;        // where the value in question was set, as call_site, with source
  std::string plugin;        // path of the plugin at fault, empty when unknown
  std::uint64_t count = 1;   // how often at this place
};

const char* to_string(Severity severity);

}  // namespace surisim
