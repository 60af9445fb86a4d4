// Injected faults: failures that are possible in Suricata, but rare.
//
// When:    requested with Options::faults, before the run.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "surisim/error.hpp"

namespace surisim {

// One fault of a run. Threads, allocations, registrations and sets are counted from 1 over the
// whole run; with several workers, which thread makes the k-th is not determined.
struct Fault {
  enum class Kind {
    thread_create,      // creating this thread fails: its ThreadVars is freed, the engine stops
    thread_init,        // this thread's init fails on its own OS thread (L14)
    thread_start,       // this thread's capture file cannot be opened: it never runs (L15)
    thread_run,         // this thread's loop fails while running (L14)
    kill_while_paused,  // every thread is killed before the release (L14)
    stop_signal,        // unix-socket mode is ended by a signal while its last capture is read:
                        // main joins all threads and frees nothing (L28)
    thread_spawn,       // the system refuses this OS thread, or the k-th: fatal for the engine
    plugin_alloc,   // the k-th allocation in the plugin's callbacks: malloc returns NULL, operator
                    // new throws
    host_alloc,     // Suricata's own k-th allocation for the plugin fails, and so does the call
    slot_register,  // registering this slot, or the k-th, is refused: id -1 (L16)
    value_set,      // the k-th set returns -1 (L20) and stores nothing
  };
  Kind kind;
  std::string thread = {};  // "W#02"
  std::uint64_t at = 0;     // k
  std::string slot = {};    // name of a slot
};

// "alloc": the command line's name.
const char* to_string(Fault::Kind kind);
// As on the command line: "alloc:7", "register:my-slot", "init:W#02", "paused".
std::string to_string(const Fault& fault);
// False if malloc is a sanitizer's or was preloaded: then Kind::plugin_alloc is refused.
bool can_fail_allocations();
// Parses the command line's form. Errors: invalid_option, with all forms.
expected<Fault> parse_fault(std::string_view text);

}  // namespace surisim
