// In the child: what other runtimes in the process report. A sanitizer that is preloaded or linked
// into the plugin tells of an error through a hook; Rust's standard library writes a panic, or that
// memory is out, to stderr, through write(), before the process ends without saying why.
//
// When:    watch_runtimes() before a plugin is loaded; the hooks from then on.
// Owner:   reports are in the channel; the rest is process-wide (runtime_reports.cpp), as the
//          symbols that it replaces are.
// Threads: hooks run on the thread that made the mistake.
#pragma once

#include <string_view>

#include "sandbox/channel.hpp"

namespace surisim::sandbox {

// "memory allocation of 24 bytes failed": the process ends after it.
inline constexpr std::string_view kRustNoMemory = "memory allocation of ";

// [main]
void watch_runtimes(Channel& channel);

}  // namespace surisim::sandbox
