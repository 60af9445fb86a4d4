// Which blocks of memory a program can still get at.
//
// When:    at the end of a run, with frees held (Memory::hold_frees).
// Owner:   nothing is kept.
#pragma once

#include <cstddef>
#include <vector>

#include "check/plugin_memory.hpp"

namespace surisim::check {

// For each block: whether it is in a slot, or some word that may be a pointer leads to it, from the
// data of the program and its libraries, from this thread's own variables (its stack too when
// `stack`), from `mapped`, or from a block that is reachable itself. Blocks that need not
// come back count as reachable. Errs towards yes: all are, where more than kMostPages are mapped.
// [main] while no other thread but those of plugins runs
inline constexpr std::size_t kMostPages = 131072;  // 512 MiB, a third of a second
std::vector<bool> reachable(const std::vector<Block>& blocks, bool stack,
                            const std::vector<Pages>& mapped);

// For each block: whether a value that is not reachable, or a block that was reported, leads to it
// (or is it). Who loses a value loses what it owns, and that is one mistake.
// [main] while nothing else runs
std::vector<bool> reachable_from_lost_values(const std::vector<Block>& blocks,
                                             const std::vector<bool>& reached);

}  // namespace surisim::check
