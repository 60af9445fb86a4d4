// How much memory a process uses, and how much it may.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace surisim::cli {

// Bytes of memory and swap that a process uses; 0 when it is gone.
std::uint64_t memory_of(pid_t pid);
// Half of what this machine, or the container we are in, has: the rest stays for others.
std::uint64_t default_memory_limit_mib();
// From now on the process may map only a little more than it has. What asks for more gets none.
void stop_growth(pid_t pid);

}  // namespace surisim::cli
