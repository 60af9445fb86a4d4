// A violation: a plugin has broken a rule of the catalogue (rules.hpp).
//
// When:    created at the call that breaks the rule; reported with the Summary.
// Owner:   a value.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace surisim {

enum class Severity { note, warning, error };

// A call on the stack.
struct StackFrame {
  std::string call_site;  // "plugin.so!on_thread_init+0x24"
  std::string source;     // "/src/plugin.c:42"; empty without debug information
};

struct Violation {
  std::string rule;  // stable id: "register-duplicate-name"
  Severity severity = Severity::error;
  std::string message;   // one sentence: what was done, with names and ids
  std::string phase;     // lifecycle phase: "create packet threads"
  std::string thread;    // OS thread: "main", "W#01"
  std::string tv;        // name of the ThreadVars that it concerns, or empty
  std::string slot;      // slot name, or empty
  std::string callback;  // what was running: "Init", "thread init", "flow update", "Free", or empty
  std::string function;  // host function called: "SCThreadSetStorageById"; of a crash, a hang or an
                         // exit the last one called before
  std::string call_site;     // "plugin.so!on_thread_init+0x24"; empty if unknown
  std::string source;        // of that call: "plugin.c:42"; empty without debug information
  std::string other_thread;  // the other OS thread, if two are involved: "FR#01"
  std::string set_at;        // where the value was set: call site and source
  std::string plugin;        // path of the plugin that broke the rule; empty if unknown
  std::uint64_t count = 1;   // how often at this place
  std::uint64_t clock = 0;   // Event::clock when it was found; 0: unknown
  // The place in the callback itself, if `call_site` is in a function that it called: as set_at.
  std::string called_from;
  // The stack, from the innermost call to the callback. Of a violation that is found later than it
  // happened, such as a leak, only the place, or empty if that is unknown.
  std::vector<StackFrame> frames;
  // The other thread's stack, if two are involved and it is known.
  std::vector<StackFrame> other_frames;
};

const char* to_string(Severity severity);

}  // namespace surisim
