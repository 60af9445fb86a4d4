// Durations in the configuration, as people write them: a number, or numbers each with a unit.
//
// When:    at any time.
// Threads: any.
// Source:  SCParseTimeDuration in rust/src/util.rs.
#pragma once

#include <cstdint>

namespace surisim::conf {

// "90" seconds, "1h 30m". False, and `seconds` stays as it is: not a duration, or one too long.
bool parse_duration(const char* text, std::uint64_t& seconds);

}  // namespace surisim::conf
