// The threads of this process, as the kernel lists them.
#pragma once

#include <sys/types.h>

#include <set>

namespace surisim::engine {

// Empty where /proc cannot be read. [any thread]
std::set<pid_t> threads_of_process();

// Those that were not there before and stay: a thread that has been joined may take a moment to
// vanish from the list, and gets it. [any thread]
std::set<pid_t> new_threads(const std::set<pid_t>& before);

}  // namespace surisim::engine
