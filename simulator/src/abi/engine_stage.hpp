// How far the engine has come, as plugins see it in data symbols and as the C functions need it.
//
// When:    for the life of the process; set at each stage of a lifecycle.
// Threads: read by any.
// Source:  suricata.c (suricata_ctl_flags), util-atomic.h.
#pragma once

#include <suricata/suricata.h>

#include <atomic>

extern "C" {
// As the macro FatalErrorOnInit of Suricata's headers reads it. Source: util-atomic.h.
extern std::atomic<unsigned> engine_stage_sc_atomic__;
}

namespace surisim::abi {

// Until its threads run, the engine takes running out of memory, and whatever a plugin calls fatal,
// for a reason to end. [any thread]
inline bool starting() { return engine_stage_sc_atomic__.load() == SURICATA_INIT; }

// `asked_to_stop`: the input is at its end, or somebody interrupts. [main]
void set_stage(unsigned stage, bool asked_to_stop);

}  // namespace surisim::abi
