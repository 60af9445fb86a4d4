// Injected faults: what can go wrong in Suricata, and seldom does.
//
// When:    asked for with Options::faults, before the run.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "surisim/error.hpp"

namespace surisim {

// One fault of a run. Threads, allocations, registrations and sets are counted from 1, over the
// whole run; with several workers, which thread reaches the k-th is a race.
struct Fault {
  enum class Kind {
    thread_create,      // creating this thread fails: its ThreadVars is freed, the engine stops
    thread_init,        // this thread's init fails on its own OS thread (L14)
    thread_run,         // this thread's loop fails while running (L14)
    kill_while_paused,  // every thread is killed before the release (L14)
    thread_spawn,       // the system refuses this OS thread, or the k-th: fatal for the engine
    plugin_alloc,   // the k-th allocation of the plugin's callbacks: malloc gives NULL, operator
                    // new throws
    host_alloc,     // the k-th of Suricata's own for the plugin: what it makes then fails, and
                    // the call says so
    slot_register,  // registering this slot, or the k-th, is refused: id -1 (L16)
    value_set,      // the k-th set returns -1 (L20) and stores nothing
  };
  Kind kind;
  std::string thread = {};  // "W#02"
  std::uint64_t at = 0;     // k
  std::string slot = {};    // name of a slot
};

// "alloc", the word of the command line.
const char* to_string(Fault::Kind kind);
// As on the command line: "alloc:7", "register:my-slot", "init:W#02", "paused".
std::string to_string(const Fault& fault);
// False: a sanitizer owns malloc in this build, and Kind::plugin_alloc is refused.
bool can_fail_allocations();
// Reads that form. Errors: invalid_option, with the forms there are.
expected<Fault> parse_fault(std::string_view text);

}  // namespace surisim
