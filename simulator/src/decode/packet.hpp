// The decoders behind decode.hpp, one for each protocol header: each takes the packet so far and
// its remaining bytes, and calls the decoder of the next header. Also what they share: reading
// bytes, the packet being decoded, the reassembly of fragments.
//
// When:    while Decoder::decode() runs.
// Owner:   the Run owns what outlives a decoder: derived packets, the bytes of reassembled ones.
// Threads: the Decoder's.
// Source:  Packet in decode.h, FlowSetupPacket, PacketTunnelPktSetup, PacketDefragPktSetup.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "decode/decode.hpp"

namespace surisim::decode {

// Fragments with the same key belong to the same datagram, in both directions.
struct FragmentKey {
  std::array<std::uint8_t, 16> src{};
  std::array<std::uint8_t, 16> dst{};
  std::uint32_t id = 0;
  std::array<std::uint16_t, 3> vlan{};
  std::uint8_t proto = 0;
  bool ipv6 = false;

  friend bool operator<(const FragmentKey& a, const FragmentKey& b) {
    return std::tie(a.src, a.dst, a.id, a.vlan, a.proto, a.ipv6) <
           std::tie(b.src, b.dst, b.id, b.vlan, b.proto, b.ipv6);
  }
};

struct Fragment {
  FragmentKey key;
  std::int64_t time = 0;     // µs since 1970
  std::uint16_t offset = 0;  // bytes
  bool more = false;
  Bytes header;  // everything before the data, from the link header on, without the fragment header
  Bytes data;
  std::size_t ip_at = 0;    // where the IP header starts in `header`
  std::size_t next_at = 0;  // IPv6: where in `header` the fragment header's number is,
  std::uint8_t next = 0;    // and the number that replaces it
};

struct Datagram {
  std::vector<std::uint8_t> bytes;  // with the first fragment's link header; empty: incomplete
  std::size_t ip_at = 0;
};

// Reassembles datagrams from fragments of IPv4 and IPv6, added in capture order; time is packet
// time. It copies what it keeps. Source: defrag.c (Defrag, DefragInsertFrag, Defrag4Reassemble,
// Defrag6Reassemble) and defrag-hash.c, with the built-in policy (BSD) and time-out; T4.
class Defragmenter {
 public:
  // The datagram that this fragment completes, or an empty one.
  Datagram add(const Fragment& fragment);

 private:
  struct Piece {
    std::uint16_t offset = 0;
    std::uint16_t ltrim = 0;  // bytes at its beginning that a later fragment has replaced
    bool more = false;
    std::size_t ip_at = 0;
    std::vector<std::uint8_t> header;  // of the fragment at offset 0
    std::vector<std::uint8_t> data;

    std::size_t end() const { return offset + data.size(); }
    std::size_t size() const { return header.size() + data.size(); }
  };
  struct Tracker {
    FragmentKey key;
    std::int64_t timeout = 0;  // µs since 1970
    bool seen_last = false;
    std::vector<Piece> pieces;  // by offset, then by arrival
  };
  using Trackers = std::list<Tracker>;

  Trackers::iterator tracker_of(const Fragment& fragment);
  void expire(std::int64_t time);
  void drop(Trackers::iterator tracker);
  void erase_piece(Tracker& tracker, std::size_t at);
  std::optional<std::uint16_t> trim(Tracker& tracker, const Fragment& fragment);
  bool insert(Tracker& tracker, const Fragment& fragment, std::uint16_t ltrim);

  Trackers trackers_;  // least recently used first
  std::map<FragmentKey, Trackers::iterator> index_;
  std::size_t pieces_ = 0;
  std::size_t bytes_ = 0;
};

// Numbers in network order, and parts of unchecked bytes. Past the end there are zeros, and parts
// are empty: a decoder that forgets to check a length is wrong, but never reads out of bounds.
inline std::uint8_t u8(Bytes bytes, std::size_t at) {
  return at < bytes.size() ? bytes[at] : std::uint8_t{0};
}

inline std::uint16_t be16(Bytes bytes, std::size_t at) {
  if (bytes.size() < 2 || at > bytes.size() - 2) return 0;
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

inline std::uint32_t be32(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(be16(bytes, at)) << 16 | be16(bytes, at + 2);
}

inline Bytes from(Bytes bytes, std::size_t at) {
  return bytes.subspan(at < bytes.size() ? at : bytes.size());
}

inline Bytes at_most(Bytes bytes, std::size_t size) {
  return bytes.first(size < bytes.size() ? size : bytes.size());
}

// Calls `visit` with each option of an IPv4 or TCP header, from its type byte on, except padding.
// False, and stops: an option's length does not fit.
template <class Visit>
bool for_each_option(Bytes options, Visit visit) {
  constexpr std::uint8_t kEnd = 0;
  constexpr std::uint8_t kNop = 1;
  while (!options.empty() && options[0] != kEnd) {
    std::size_t size = 1;
    if (options[0] != kNop) {
      if (options.size() < 2) break;
      size = options[1];
      if (size < 2 || size > options.size()) return false;
      visit(options.first(size));
    }
    options = from(options, size);
  }
  return true;
}

// Whether a decoder accepted its header. The outer decoders continue either way; an inner packet of
// a tunnel whose first header fails is dropped.
enum class [[nodiscard]] Outcome : bool{failed, ok};

inline constexpr std::uint8_t kMaxLayers = 16;     // decoder_max_layers
inline constexpr std::size_t kMaxBytes = 65604;    // of a packet: MAX_PAYLOAD_SIZE
inline constexpr std::size_t kMaxIpBytes = 65535;  // IP gets no more of a longer frame
inline constexpr std::size_t kMaxDerived = 64;     // of a record; Suricata has no such limit
inline constexpr std::size_t kIpv4Header = 20;
inline constexpr std::size_t kIpv6Header = 40;

inline constexpr std::uint8_t kHopByHop = 0;
inline constexpr std::uint8_t kIcmp = 1;
inline constexpr std::uint8_t kIgmp = 2;
inline constexpr std::uint8_t kIpip = 4;
inline constexpr std::uint8_t kTcp = 6;
inline constexpr std::uint8_t kUdp = 17;
inline constexpr std::uint8_t kIpv6 = 41;
inline constexpr std::uint8_t kGre = 47;
inline constexpr std::uint8_t kEsp = 50;
inline constexpr std::uint8_t kIcmpv6 = 58;
inline constexpr std::uint8_t kSctp = 132;

// The packet that an ICMPv4 error quotes, if its ports are included (T6).
struct Quote {
  std::array<std::uint8_t, 4> src{};
  std::array<std::uint8_t, 4> dst{};
  std::uint16_t sp = 0;
  std::uint16_t dp = 0;
  std::uint8_t proto = 0;  // 0: no packet
};

struct Packet {
  Packet(Bytes bytes, std::int64_t time) {
    out.bytes = bytes;
    out.time = time;
  }

  Decoded out;
  Quote quote;
  std::uint32_t spi = 0;
  std::uint8_t layers = 0;  // Packet.nb_decoded_layers
  bool wants_flow = false;  // PKT_WANTS_FLOW
  bool vj_tcp = false;      // PKT_PPP_VJ_UCOMP

  // Where `rest` starts in this packet's bytes.
  std::size_t offset(Bytes rest) const {
    return static_cast<std::size_t>(rest.data() - out.bytes.data());
  }
  void set_payload(Bytes payload) {
    out.payload = offset(payload);
    out.payload_size = payload.size();
  }
  void set_invalid() { out.invalid = true; }
  Outcome fail() {
    set_invalid();
    return Outcome::failed;
  }
  // False if the packet has too many headers; it is invalid then.
  bool enter_layer() {
    if (++layers < kMaxLayers) return true;
    out.invalid = true;
    return false;
  }
};

// One record while it is being decoded.
struct Run {
  Dialect dialect;
  Defragmenter defragmenter;
  std::vector<Decoded> derived;                    // in the order in which they are passed on
  std::vector<std::vector<std::uint8_t>> buffers;  // of reassembled packets
  std::size_t attempts = 0;                        // to derive a packet

  void start_record() {
    derived.clear();
    buffers.clear();
    attempts = 0;
  }
};

// The first header inside a tunnel.
enum class Inner : std::uint8_t { ethernet, erspan2, vlan, ipv4, ipv6, ppp, arp };

// decode.cpp. Decodes `bytes` as a separate packet, one level deeper. False: it is not a packet.
bool derive_inner(Run& run, Packet& parent, Bytes bytes, Inner inner, Origin origin);
// Adds a fragment, and decodes the datagram if it is complete (T4).
void derive_reassembled(Run& run, Packet& parent, const Fragment& fragment);
// Determines which flow the packet belongs to, once all its headers are decoded.
void finish(Packet& packet);

// link.cpp
Outcome decode_link(Run& run, Packet& p, int link_type);
Outcome decode_ethernet(Run& run, Packet& p, Bytes bytes);
Outcome decode_vlan(Run& run, Packet& p, Bytes bytes);
Outcome decode_arp(Packet& p, Bytes bytes);
// By ethertype; false if it is unknown.
bool decode_network(Run& run, Packet& p, std::uint16_t type, Bytes bytes);
Outcome decode_ppp(Run& run, Packet& p, Bytes bytes);
Outcome decode_pppoe_session(Run& run, Packet& p, Bytes bytes);
Outcome decode_pppoe_discovery(Packet& p, Bytes bytes);
Outcome decode_mpls(Run& run, Packet& p, Bytes bytes);
Outcome decode_nsh(Run& run, Packet& p, Bytes bytes);

// ip.cpp
Outcome decode_ipv4(Run& run, Packet& p, Bytes bytes);
Outcome decode_ipv6(Run& run, Packet& p, Bytes bytes);

// transport.cpp
void decode_tcp(Packet& p, Bytes bytes);
void decode_udp(Run& run, Packet& p, Bytes bytes);
void decode_sctp(const Run& run, Packet& p, Bytes bytes);
void decode_esp(Packet& p, Bytes bytes);
void decode_igmp(Packet& p, Bytes bytes);
void decode_icmpv4(Packet& p, Bytes bytes);
void decode_icmpv6(Packet& p, Bytes bytes);

// tunnel.cpp. The last three guess from a UDP datagram's contents or ports; false: no such tunnel.
void decode_gre(Run& run, Packet& p, Bytes bytes);
Outcome decode_erspan2(Run& run, Packet& p, Bytes bytes);
bool decode_teredo(Run& run, Packet& p, Bytes bytes);
bool decode_geneve(Run& run, Packet& p, Bytes bytes);
bool decode_vxlan(Run& run, Packet& p, Bytes bytes);

}  // namespace surisim::decode
