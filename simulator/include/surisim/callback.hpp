// Lists the calls of plugins' callbacks in a run, from its event log.
//
// When:    at any time, with the events so far; needs Options::Record::all.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "surisim/event.hpp"

namespace surisim {

// A call of the plugins' callbacks of one kind: one for each thread or packet, regardless of how
// many callbacks of this kind are registered.
struct Callback {
  std::string kind;               // "thread init", "flow init", "flow update", "flow finish"
  std::string thread;             // OS thread that it ran on: "main", "W#01"
  std::string tv;                 // name of the ThreadVars that it was passed
  std::uint64_t flow = 0;         // number of the flow, from 1; 0: none
  std::uint32_t packet = 0;       // which packet of the flow, from 1; 0: none
  bool to_server = false;         // the packet's direction
  std::uint8_t packet_proto = 0;  // IP protocol; may differ from the flow's (L37)
};

// The calls of kinds that a plugin has registered, in the log's order. [any thread]
std::vector<Callback> callbacks_in(const EventLog& events);

// "flow update for packet 3 (to the server) of flow 1 on W#01"; then "with tv FR#01" if the
// ThreadVars is another thread's. [any thread]
std::string to_string(const Callback& callback);
// The same with a name for the flow; empty: by its number. [any thread]
std::string to_string(const Callback& callback, std::string_view flow);

}  // namespace surisim
