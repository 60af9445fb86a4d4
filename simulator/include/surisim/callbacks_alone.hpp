// One callback alone: calls the plugin's callbacks with a made-up ThreadVars, Flow and Packet, on
// the calling thread, which plays the simulated one. No thread is started.
//
// The checks judge as on the thread that is played. Events have its name, and what is made here is
// freed as Suricata frees it, through each slot's Free.
//
// When:    from Phase::finalize on, instead of the phases after Phase::logging_ready, which are
// then
//          refused except for Phase::end. After that phase each call is an error.
// Owner:   the Runtime, of this and of all objects; they are freed by free(), or else in
// Phase::end,
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
  // A Flow as its first packet, to the server, would make it; no packet is counted. spec.worker is
  // not used. The caller may change its fields.
  virtual expected<Flow*> add_flow(const FlowSpec& spec) = 0;
  // The flow's next packet, decoded; freed with the flow. It is one packet: fragments is 1. The
  // caller may change its fields.
  virtual expected<Packet*> add_packet(Flow* flow, const PacketSpec& packet) = 0;

  // Runs the thread init callbacks for this ThreadVars, as the thread that creates it would (L5).
  virtual expected<void> thread_init(ThreadVars* tv) = 0;
  // Run the flow callbacks on the thread, with the flow locked. An update first counts the packet
  // on the flow (L30). None of them needs another one before it.
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

  // Free: all values of the flow, on the thread that ends it; all values of the thread, on main,
  // with the thread gone (L25). The object is freed too.
  virtual expected<void> free(ThreadVars* tv, Flow* flow) = 0;
  virtual expected<void> free(ThreadVars* tv) = 0;
};

}  // namespace surisim
