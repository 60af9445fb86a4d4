// Traffic by hand: the caller decides which packet comes next, on which worker, and how each flow
// ends.
//
// Packets are bytes, decoded and handled like those of a capture file. Each call returns when all
// its effects have happened: the plugin's callbacks have returned. Packet time only advances in
// pass(), and for ends of flows that need it.
//
// When:    with Options::traffic.by_hand, in each thread lifecycle from Runtime::start() until
//          drive() or stop(), which release all threads. Later calls are errors.
// Owner:   the Runtime; valid until its next thread lifecycle starts. Specs are values.
// Threads: [main]
// Source:  flow-hash.c, flow-manager.c, flow-worker.c; L30 to L37, T1 to T17.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "surisim/error.hpp"

namespace surisim {

// Describes a flow before its first packet.
struct FlowSpec {
  std::uint8_t proto = 6;  // IP protocol. ICMP: echo requests to the server, and replies
  // "10.0.0.1:1025" or "[2001:db8::1]:1025"; without a port for protocols that have none:
  // "10.0.0.1" or "2001:db8::1". Both ends have addresses of the same kind.
  std::string client;
  std::string server;
  std::vector<std::uint16_t> vlans = {};  // VLAN ids, outermost first, three at most
  std::uint32_t worker = 0;               // which handles it, from 1; 0: the flow's hash decides
};

// The IP protocol of an echo request from this client: ICMPv6 from an IPv6 address, or ICMP.
inline std::uint8_t icmp_of(std::string_view client) {
  const bool ipv6 = client.find(':') != client.rfind(':') || client.starts_with('[');
  return ipv6 ? 58 : 1;
}

// Flags of a TCP header.
inline constexpr std::uint8_t kTcpFin = 0x01;
inline constexpr std::uint8_t kTcpSyn = 0x02;
inline constexpr std::uint8_t kTcpRst = 0x04;
inline constexpr std::uint8_t kTcpPsh = 0x08;
inline constexpr std::uint8_t kTcpAck = 0x10;

// Describes a packet of a flow. Lengths, checksums and TCP's numbers follow from earlier packets.
struct PacketSpec {
  bool to_server = true;
  std::string payload = {};                     // of TCP, UDP, SCTP, ICMP or IP
  std::optional<std::uint8_t> tcp_flags = {};   // default: ACK, and PSH with a payload
  std::uint32_t gap = 0;                        // TCP: bytes missing before this packet
  bool bad_checksum = false;                    // of the transport header
  std::uint32_t fragments = 1;                  // it is sent in this many IP fragments
  std::optional<std::uint8_t> icmp_error = {};  // instead: an ICMP "destination unreachable" with
                                                // this code about the flow (L37, T6)
  std::uint32_t unacked = 0;  // TCP: bytes from the other end that it does not acknowledge yet
};

// The result of sending a packet.
struct Sent {
  std::uint64_t packet = 0;  // its number, from 1 in the order of calls; of fragments the last
  std::uint64_t flow = 0;    // number of the flow that it belongs to, as in events; 0: none
  std::string thread;        // which handled it: "W#01"
};

// Sequences of packets that belong together.
enum class Exchange {
  handshake,   // TCP: SYN, SYN/ACK and ACK
  close,       // TCP: FIN from both ends, client first, and the last ACK
  reset,       // TCP: a RST from the client
  icmp_error,  // an ICMP "port unreachable" from the server about the flow (L37)
};

// The ways in which a flow ends (L31 to L34). Those with "shutdown" happen in Runtime::stop().
enum class FlowEnd {
  time_out,         // the flow manager finds it timed out: finish on FR; TCP with unread data goes
                    // back to its worker instead, without finish
  hash_row,         // a worker finds it timed out in the hash row of another packet: no finish
  memory_pressure,  // a worker takes it for a new flow: finish on the worker
  shutdown,         // as it comes: finish on FR, or shutdown_hand_back for TCP with unread data
  shutdown_hand_back,  // TCP with unread data: freed by its worker, no finish
  shutdown_backstop,   // missed by the recycler: Free after all thread storage is gone, no finish
};

// A point at which a thread can be held: before or after the plugin's callbacks of this kind for a
// flow. The flow is locked (L35).
enum class FlowPoint {
  flow_init,
  flow_update,
  eve_callback,  // of the record at the flow's end
  flow_finish,
  flow_free,  // the Free of the flow's values
  after_flow_init,
  after_flow_update,
  after_eve_callback,
  after_flow_finish,
  after_flow_free,
};

// Identifies a flow of the caller, from 1. The flow itself may end and start again.
using FlowId = std::uint64_t;

class Traffic {
 public:
  virtual ~Traffic() = default;

  // Adds a flow, which starts with its first packet.
  virtual expected<FlowId> add_flow(FlowSpec spec) = 0;
  // Only before the flow's first packet.
  virtual expected<void> change_flow(FlowId flow, FlowSpec spec) = 0;
  virtual expected<FlowSpec> spec_of(FlowId flow) const = 0;
  // "TCP 10.0.0.1:1025 > 10.0.0.2:80"
  virtual std::string name_of(FlowId flow) const = 0;

  virtual expected<Sent> send(FlowId flow, const PacketSpec& packet) = 0;
  // Sends an Ethernet frame, unchanged, to this worker (from 1).
  virtual expected<Sent> send_raw(std::string_view frame, std::uint32_t worker) = 0;
  // Sends a SYN that replaces the flow, whose session is closed or was never tracked: the old flow
  // ends without finish after the new one's init and update (L33, T13). The id then means the new
  // flow.
  virtual expected<Sent> reuse(FlowId flow) = 0;
  // Ends an open flow. Packet time advances as far as this end needs. `worker`: which ends it in
  // its hash row or under memory pressure; 0: the flow's.
  virtual expected<void> end(FlowId flow, FlowEnd how, std::uint32_t worker = 0) = 0;

  // Advances packet time. Then the flow manager ends all flows that have timed out, unless it is
  // `asleep`: then the next packet in their hash row ends them, on its worker (L32, T12). An error
  // if it would wait for a thread that is held.
  virtual expected<void> pass(std::chrono::microseconds time, bool asleep = false) = 0;

  // The flow's number in events; 0: it has not started.
  virtual std::uint64_t number_of(FlowId flow) const = 0;
  // True if the flow has started and not ended.
  virtual bool is_open(FlowId flow) = 0;
  // The value in a slot of an open flow; NULL if there is none.
  virtual expected<void*> value(FlowId flow, std::string_view slot) = 0;
  virtual expected<void*> value(FlowId flow, int slot) = 0;
  // "W#01"; worker from 1.
  virtual expected<std::string> worker_name(std::uint32_t worker) const = 0;

  // Each call waits for the plugin's callbacks, for Limits::by_hand_ms at most: then the process
  // prints which thread is in which callback, and aborts, because a callback cannot be interrupted.
  //
  // Holds the thread, or with "" any thread that runs flow callbacks, when it next reaches the
  // point (nullopt: any point). The call that leads it there returns then, and calls that would
  // wait for the thread are errors until release().
  virtual expected<void> hold(std::string_view thread, std::optional<FlowPoint> point) = 0;
  // Lets the thread, or with "" all held threads, continue; returns when it has finished what it
  // was doing. Holds that no thread has reached are dropped. Error: no thread was held.
  virtual expected<void> release(std::string_view thread) = 0;
  // "W#02 is held in flow update of flow 1"; empty: no thread is held.
  virtual std::string held() const = 0;
  // "W#02 was to be held in flow update, but has not got there"; empty: each hold was reached.
  virtual std::string missed() const = 0;
};

// Sends these packets with Traffic::send(), and returns the result of the last one. After an error
// the rest is not sent.
expected<Sent> exchange(Traffic& traffic, FlowId flow, Exchange what);

}  // namespace surisim
