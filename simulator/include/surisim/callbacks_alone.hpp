// Single callbacks: calls the plugin's callbacks with made-up ThreadVars, Flows and Packets. No
// thread is started: the calling thread plays the simulated ones.
//
// Checks and events are the same as on the thread that is played. Objects are freed like in
// Suricata, through each slot's Free.
//
// When:    from Phase::finalize on, instead of the phases after Phase::logging_ready; of these only
//          Phase::end is still allowed. After that phase each call is an error.
// Owner:   the Runtime owns this and all objects. They are freed by free(), or else in Phase::end,
//          flows first.
// Threads: [main]
// Source:  tm-threads.c, flow-worker.c, output.c; L5, L20, L30 to L35.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>
#include <suricata/threadvars.h>

#include <string>
#include <string_view>

#include "surisim/error.hpp"
#include "surisim/traffic.hpp"

namespace surisim {

// Errors: wrong_phase; invalid_option for an object that was not made here or has been freed, and
// for a slot or address that does not exist.
class CallbacksAlone {
 public:
  virtual ~CallbacksAlone() = default;

  // The ThreadVars of a thread of this name: "W#01", "FR#01", "US". No callback is called.
  virtual expected<ThreadVars*> add_thread(std::string_view name) = 0;
  // A Flow as created by a first packet to the server, but without any packet counted. spec.worker
  // is not used. The caller may change the Flow's fields.
  virtual expected<Flow*> add_flow(const FlowSpec& spec) = 0;
  // The flow's next packet, decoded; freed with the flow. packet.fragments must be 1. The caller
  // may change the Packet's fields.
  virtual expected<Packet*> add_packet(Flow* flow, const PacketSpec& packet) = 0;

  // Runs the thread init callbacks for this ThreadVars, as the thread that creates it would (L5).
  virtual expected<void> thread_init(ThreadVars* tv) = 0;
  // Run the flow callbacks on the thread, with the flow locked. An update first counts the packet
  // on the flow (L30). They may be called in any order.
  virtual expected<void> flow_init(ThreadVars* tv, Flow* flow, Packet* packet) = 0;
  virtual expected<void> flow_update(ThreadVars* tv, Flow* flow, Packet* packet) = 0;
  virtual expected<void> flow_finish(ThreadVars* tv, Flow* flow) = 0;
  // Runs the EVE callbacks, for a flow record, or with a packet for an alert record (L33). Returns
  // the record, a line of JSON, which is not written anywhere.
  virtual expected<std::string> eve_record(ThreadVars* tv, Flow* flow, Packet* packet) = 0;

  // The value in a slot; NULL if there is none.
  virtual expected<void*> value(const ThreadVars* tv, std::string_view slot) = 0;
  virtual expected<void*> value(const ThreadVars* tv, int slot) = 0;
  virtual expected<void*> value(const Flow* flow, std::string_view slot) = 0;
  virtual expected<void*> value(const Flow* flow, int slot) = 0;

  // Frees the flow and its values, on the thread that ends it.
  virtual expected<void> free(ThreadVars* tv, Flow* flow) = 0;
  // Frees the ThreadVars and its values, on main, after the end of its thread (L25).
  virtual expected<void> free(ThreadVars* tv) = 0;
};

}  // namespace surisim
