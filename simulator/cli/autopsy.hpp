// From what the journal says to a violation: which rule, which thread, which callback.
#pragma once

#include <cstdint>
#include <string>

#include "shared.hpp"
#include "surisim/violation.hpp"

namespace surisim::cli {

// The thread that runs the plugin's code, if it is the only one; or null.
const JournalEntry* only_in_callback(const Shared& shared);

Violation crash_violation(const Shared& shared, int signal);
Violation exit_violation(const Shared& shared, int status);
// `entry` is the callback that did not come back; null when none was under way.
Violation hang_violation(const Shared& shared, const JournalEntry* entry, std::uint64_t seconds);
// More memory than the limit was in use. `entry` is the thread that asked for it; null when nobody
// knows.
Violation memory_violation(const Shared& shared, const JournalEntry* entry,
                           std::uint64_t limit_mib);

}  // namespace surisim::cli
