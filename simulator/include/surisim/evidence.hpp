// Evidence from a real Suricata: reads recordings of the probe plugin (docs/evidence.md), and
// compares them with a recording of the same run here.
//
// When:    at any time.
// Owner:   values.
// Threads: any; nothing is shared.
// Source:  the order that is compared: L1, L5 to L10, L19 to L27, L30 to L36; E12, E35, E41.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "surisim/error.hpp"
#include "surisim/golden.hpp"
#include "surisim/options.hpp"

namespace surisim {

// A line of a recording: a call of the probe by Suricata, or a call of Suricata by the probe.
struct ProbeEvent {
  enum class Kind {
    init_enter,
    slot_registered,      // `what`: its name, `storage`, `result`: its id
    callback_registered,  // `result`: 1, or 0 if it was refused
    init_exit,
    thread_init,         // `thread`, `position`
    thread_value_set,    // `what`: slot, `thread`, `result`: that of the set
    thread_value_freed,  // `what`: slot, `thread`: whose it was, `made_on`
    flow_init,           // `thread`: its ThreadVars, `flow`
    flow_update,
    flow_finish,
    flow_value_freed,  // `what`: slot, `flow`, `made_on`
  };
  Kind kind = Kind::init_enter;
  std::uint64_t seq = 0;
  std::string os;  // OS thread: "main", "W#01"
  std::string what;
  std::string storage;
  std::string thread;  // name in the ThreadVars; empty: there was none
  std::string fields;  // of the ThreadVars: "type 0, id 1, PAUSE"; empty: not recorded
  std::string made_on;
  std::int64_t result = 0;
  std::int64_t position = 0;  // of the callback, from 1
  std::uint64_t flow = 0;
};

struct ProbeRecording {
  Suricata suricata = Suricata::v9_0;
  std::vector<ProbeEvent> events;  // in their order
  std::uint64_t left_out = 0;      // flows that are not recorded
};

// The error is a sentence that names the line. A recording without its last line is refused,
// because the end of the run is missing.
tl::expected<ProbeRecording, std::string> parse_probe(std::string_view text);
// The same from a file, of at most 64 MiB (invalid_option).
expected<ProbeRecording> read_probe(const std::string& file);

// Options with which a run here does the same, derived from the threads' names and creators and
// from how flows end. Error: invalid_option.
expected<Options> options_of(const ProbeRecording& recording);

// The part of a recording that is the same in every run, by the phases of surisim/lifecycle.hpp.
Lifecycle lifecycle_of(const ProbeRecording& recording);

// `-`: only in `real`, `+`: only in `here`. Events of flows that are only in `here` are not a
// difference, because a recording has few flows.
std::vector<LifecycleDifference> differences(const ProbeRecording& real,
                                             const ProbeRecording& here);

// Both orders in columns, for people.
std::string side_by_side(const ProbeRecording& real, const ProbeRecording& here);

}  // namespace surisim
