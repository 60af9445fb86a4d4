// Durations as people write them in the configuration: a number of seconds, or numbers with units.
//
// When:    at any time.
// Threads: any.
// Source:  SCParseTimeDuration in rust/src/util.rs.
#pragma once

#include <cstdint>

namespace surisim::conf {

// "90" or "1h 30m". False, and `seconds` is unchanged: not a duration, or too long a one.
bool parse_duration(const char* text, std::uint64_t& seconds);

}  // namespace surisim::conf
