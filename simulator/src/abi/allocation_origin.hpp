// Whose is an allocation? Suricata's code and the plugin's call the same libraries, so the caller
// of malloc alone does not say.
//
// When:    inside malloc and mmap, after map_libraries().
// Threads: any.
#pragma once

namespace surisim::abi {

// Notes where the code of this library and of those that both sides use is: all that is loaded
// now. [main] before plugins are loaded
void map_libraries();

// The plugin's call that led to this allocation; null: it is the simulator's, or the dynamic
// linker's, which would end the process without memory. `caller`: who called malloc. Allocates
// nothing and never waits.
const void* allocation_origin(const void* caller) noexcept;

}  // namespace surisim::abi
