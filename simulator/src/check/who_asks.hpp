// Whose allocation is it? Suricata's code and the plugin's stand on the same libraries.
#pragma once

namespace surisim::check {

// To be called once before who_asks(), outside malloc.
void learn_libraries();

// The plugin's call that led to this allocation; null: it is the simulator's, or the dynamic
// linker's, which would end the process without memory. `caller`: who called malloc. Allocates
// nothing, waits for nobody. [any thread]
const void* who_asks(const void* caller) noexcept;

}  // namespace surisim::check
