// Generates flows from a seed, and the order in which a capturing thread sees their packets. The
// same seed gives the same flows for any number of threads; a flow's hash picks its worker.
//
// When:    any time; results depend only on the options and the arguments.
// Owner:   GeneratedSource owns the FlowGenerator and the FlowDistributor; each capturing thread
//          owns a PacketSchedule.
// Threads: FlowGenerator, FlowDistributor: any. PacketSchedule: one.
// Source:  none: Suricata has no generator. L32, L35, L37.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/mutex.hpp"
#include "surisim/options.hpp"
#include "trace/context.hpp"

namespace surisim::engine {

struct FlowTuple {
  std::array<std::uint8_t, 16> src{};
  std::array<std::uint8_t, 16> dst{};
  std::uint16_t sp = 0;
  std::uint16_t dp = 0;
  std::uint8_t proto = 0;
  bool ipv6 = false;

  // The same for both directions.
  std::uint32_t hash() const;
};

struct FlowSpec : FlowTuple {
  std::uint64_t index = 0;  // from 0
  std::uint64_t dice = 0;   // the random number from which the flow and its packets are derived
  bool has_data = false;
  bool backstop = false;    // stays open until the backstop of the shutdown (L34)
  bool icmp_error = false;  // one of its packets is an ICMP error about it (L37)
  bool no_flow = false;     // its first packet comes a second time, without a flow
  bool alert = false;       // its first packet raises an alert
  End end = End::recycler;  // End::shutdown_recycler: the shutdown decides how it ends
  std::uint32_t packets = 1;
  std::uint32_t flow_hash = 0;
};

struct GeneratedPacket {
  const FlowSpec* spec = nullptr;
  std::uint32_t place = 0;   // index of the flow among the open ones of its capturing thread
  std::uint32_t number = 0;  // of the packet in its flow, from 0
  std::uint16_t bytes = 0;   // of the frame
  std::uint64_t record = 0;  // Packet.pcap_cnt, which the source counts
  bool first = false;
  bool last = false;
  bool to_server = true;
  bool icmp_error = false;
  bool no_flow = false;  // a second packet like it gets no flow: memory pressure (L35)
};

class FlowGenerator {
 public:
  explicit FlowGenerator(const TrafficOptions& options);

  std::uint64_t flows() const { return options_.flows; }
  std::uint32_t hash_of(std::uint64_t index) const;
  FlowSpec spec_of(std::uint64_t index) const;
  // True when flow `index` takes over the addresses of the one before it (TCP reuse).
  bool is_successor(std::uint64_t index) const;
  const TrafficOptions& options() const { return options_; }

 private:
  static constexpr std::uint32_t kWithData = 4;  // packets: a handshake, and data

  End end_of(std::uint64_t index, std::uint64_t dice) const;
  std::uint8_t proto_of(End end, std::uint64_t dice) const;
  FlowTuple tuple_of(std::uint64_t index) const;

  // What a flow is made to be in place of what its dice say, so that everything with a share above
  // 0 occurs at least once.
  struct Chosen {
    std::optional<End> end;
    std::optional<std::uint8_t> proto;
    std::optional<bool> ipv6;
    bool icmp_error = false;
    bool no_flow = false;
    bool alert = false;
  };
  using Kinds = std::uint32_t;  // a bit for each kind of flow or packet
  static Chosen chosen_for(Kinds kind);
  const Chosen* chosen(std::uint64_t index) const;
  Kinds promised() const;
  Kinds kinds_of(const FlowSpec& spec) const;
  void choose_missing();
  // Makes flow `index` one of that kind. False: it cannot be, or it is the last of another kind.
  bool choose(std::uint64_t index, Kinds kind, std::vector<std::uint64_t>& counts);

  TrafficOptions options_;
  std::uint64_t left_open_;         // how many of the last flows stay open when traffic ends
  std::array<double, 4> bounds_{};  // cumulative shares: handed_back, bucket, pressure, reuse
  double tcp_of_the_rest_ = 0;
  double udp_of_the_rest_ = 0;
  std::map<std::uint64_t, Chosen> chosen_;  // by flow; usually empty
};

// Distributes flows over `parts` capturing threads by hash % parts. The first thread that needs a
// block of flows computes their hashes for all threads.
class FlowDistributor {
 public:
  FlowDistributor(const FlowGenerator& generator, std::uint32_t parts)
      : generator_(generator), parts_(parts) {}

  // The flows of `part` in this block, ascending. Call it once for each part and block. [any
  // thread]
  std::vector<std::uint64_t> take(std::uint64_t block, std::uint32_t part);
  std::uint64_t blocks() const { return (generator_.flows() + kBlock - 1) / kBlock; }
  const FlowGenerator& generator() const { return generator_; }

 private:
  static constexpr std::uint64_t kBlock = 8192;
  struct Block {
    std::vector<std::uint32_t> begin;  // of each part in `flows`
    std::vector<std::uint16_t> flows;  // relative to the block
    std::uint32_t takers = 0;          // parts that have not taken theirs yet
  };
  Block distribute(std::uint64_t block) const;

  const FlowGenerator& generator_;
  std::uint32_t parts_;
  Mutex mutex_;
  // Blocks that some part has not taken yet.
  std::map<std::uint64_t, Block> blocks_ SURISIM_GUARDED_BY(mutex_);
};

// The packets of one capturing thread in order. `open` flows are interleaved at random.
class PacketSchedule {
 public:
  PacketSchedule(FlowDistributor& distributor, std::uint32_t part, std::uint32_t open);

  bool next(GeneratedPacket& generated);

 private:
  struct Active {
    FlowSpec spec;
    std::uint32_t place;
    std::uint32_t next_packet;
  };
  bool open_next(Active& active);

  FlowDistributor& distributor_;
  const FlowGenerator& generator_;
  std::uint32_t part_;
  std::uint64_t next_block_ = 0;
  std::vector<std::uint64_t> taken_;
  std::size_t next_taken_ = 0;
  std::uint64_t no_flow_below_;  // of 2^53
  std::uint64_t dice_;
  std::vector<Active> active_;
  Active* ending_ = nullptr;  // the flow whose last packet has just been returned
};

// Whether the packet raises an alert, if this share of all packets does. The same seed gives the
// same answer.
bool raises_alert(double share, const GeneratedPacket& generated);
// A generated packet's bytes: Ethernet, IP and transport header, then zeros.
using RawPacket = std::array<std::uint8_t, 2048>;
// Fills the packet as a decoder would, and `raw` with its headers.
void fill_packet(Packet& packet, RawPacket& raw, const GeneratedPacket& generated);
// Fills a new flow from its first packet.
void fill_flow(Flow& flow, const FlowSpec& spec);
// Counts the packet on its flow, as Suricata does before the update callbacks (L30).
void count_packet(Flow& flow, const Packet& packet, const GeneratedPacket& generated);

// The random numbers of generated traffic. All are derived from the flow's dice, so that the same
// seed gives the same traffic.

// One step of splitmix64.
inline std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// A random number derived from `dice` for one purpose; share() returns one in [0, 1).
inline std::uint64_t roll(std::uint64_t dice, std::uint64_t purpose) {
  return mix(dice + purpose * 0xd1342543de82ef95ULL);
}
inline double share(std::uint64_t dice, std::uint64_t purpose) {
  return static_cast<double>(roll(dice, purpose) >> 11) * 0x1.0p-53;
}

// No two decisions about a flow share a random number; a packet's direction and size use different
// bits of one.
enum Purpose : std::uint64_t {
  kEndKind = 1,
  kProto,
  kFamily,
  kSource,
  kSource2,
  kDestination,
  kDestination2,
  kSourcePort,
  kService,
  kLength,
  kSpread,
  kBackstop,
  kIcmpError,
  kSpreadPort,
  kData,
  kPacket = 100,
};

// The same as above for a packet whose flow was not chosen to raise an alert.
inline bool raises_alert(double share, std::uint64_t dice, std::uint64_t packet) {
  return static_cast<double>(mix(dice + packet) >> 11) < share * 0x1.0p53;
}

}  // namespace surisim::engine
