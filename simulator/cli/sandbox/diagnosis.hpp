// Turns the end of the child (a crash, a hang, an exit) into a violation with rule, thread,
// callback and source line.
//
// When:    after the child has ended; only_in_callback() also before.
// Owner:   the caller owns the result; JournalEntry pointers are into the channel.
// Threads: the command's main thread; only_in_callback() in the supervisor.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/channel.hpp"
#include "surisim/violation.hpp"

namespace surisim::sandbox {

// The thread that is in a callback; null: none is, or several are.
const JournalEntry* only_in_callback(const Channel& channel);

// What sanitizers have reported.
std::vector<Violation> sanitizer_violations(const Channel& channel);

// "SIGSEGV (Segmentation fault)"
std::string signal_text(int number);

// Only a note if Rust's standard library has aborted because an allocation failed, which no plugin
// can handle.
Violation crash_violation(const Channel& channel, int signal);
Violation exit_violation(const Channel& channel, int status);
// The plugin signals, stops or kills the processes that watch it.
Violation interference_violation(const Channel& channel, const std::string& what);
// `entry`: the thread whose callback did not return; null: no callback was running.
Violation hang_violation(const Channel& channel, const JournalEntry* entry, std::uint64_t seconds);
// `entry`: the thread that allocated beyond the limit; null: unknown.
Violation memory_violation(const Channel& channel, const JournalEntry* entry,
                           std::uint64_t limit_mib);

}  // namespace surisim::sandbox
