// Finds the packets in a captured record, and the flow that each belongs to.
//
// When:    at any time; a Decoder holds the state of one capturing thread: incomplete datagrams.
// Owner:   the bytes of a Decoded belong to the record or the Decoder: valid until decode()
//          returns.
// Threads: one at a time for each Decoder.
// Source:  decode*.c, defrag.c, flow-hash.c (FlowGetHash, FlowCompare); T1 to T11.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace surisim::decode {

using Bytes = std::span<const std::uint8_t>;

// What Suricata's versions decode differently.
struct Dialect {
  bool etag = true;          // 802.1BR E-tags (E52)
  bool sctp_chunks = true;   // a damaged SCTP chunk makes the packet invalid (E53)
  bool vxlan_strict = true;  // all reserved bits of a VXLAN header must be 0 (E54)
  bool vxlan_frame = true;   // VXLAN's inner packet has its Ethernet header (E55)
};

// Where a packet comes from: a record, a tunnel, fragments. Source: PKT_SET_SRC in decode*.c and
// defrag.c.
enum class Origin : std::uint8_t { record, gre, ipv4, ipv6, teredo, defrag, vxlan, geneve };

// One record of a capture.
struct Record {
  int link_type = 0;      // LINKTYPE_ value of the capture
  std::int64_t time = 0;  // µs since 1970
  Bytes bytes;            // as captured
};

// Packets with the same key belong to the same flow (T1). Ports and addresses are compared in both
// directions, unless the rule is `one_way`.
struct FlowKey {
  std::array<std::uint8_t, 16> src{};  // network order; IPv4 in the first four
  std::array<std::uint8_t, 16> dst{};
  std::array<std::uint16_t, 3> vlan{};
  std::uint16_t sp = 0;  // ICMP: type (T7); ICMPv6: type + 256 × code (T8); ESP: SPI, low half
  std::uint16_t dp = 0;  // ICMP: counterpart type or 0; ESP: high half (T9)
  std::uint8_t proto = 0;
  std::uint8_t depth = 0;
  bool ipv6 = false;

  friend bool operator==(const FlowKey&, const FlowKey&) = default;
};

enum class FlowRule : std::uint8_t {
  none,      // the packet has no flow (T4, T5, T6, T10)
  own,       // both directions are one flow (T1)
  one_way,   // the other direction is another flow (T9)
  existing,  // joins the existing flow of `key`, which it quotes; never creates one (T6)
};

struct Tcp {
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint16_t window = 0;
  std::uint8_t flags = 0;
};

inline constexpr std::size_t kNowhere = ~std::size_t{0};

// A packet as Suricata's flow worker receives it.
struct Decoded {
  Bytes bytes;                     // of the record or the derived packet, from the first header on
  std::int64_t time = 0;           // µs since 1970
  std::size_t l2 = kNowhere;       // where the last Ethernet header starts in `bytes`
  std::size_t l3 = kNowhere;       // where the IP or ARP header starts
  std::size_t l4 = kNowhere;       // where the transport header starts
  std::size_t payload = kNowhere;  // where the transport payload starts
  std::size_t payload_size = 0;
  std::size_t sctp_size = 0;           // of header and chunks; 0: it is not SCTP
  std::array<std::uint8_t, 16> src{};  // of this packet, in FlowKey's format
  std::array<std::uint8_t, 16> dst{};
  std::uint16_t sp = 0;    // Packet.sp and dp. ICMP: type + 256 × code, and counterpart type or 0;
  std::uint16_t dp = 0;    // ESP: 0, the SPI is only in the flow's ports
  std::uint8_t proto = 0;  // Packet.proto; 0 without IP
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
  bool ipv4 = false;
  bool ipv6 = false;
  bool arp = false;
  Origin origin = Origin::record;
  bool invalid = false;  // PKT_IS_INVALID
  std::uint8_t depth = 0;
  std::uint8_t vlans = 0;
  std::array<std::uint16_t, 3> vlan{};
  FlowRule rule = FlowRule::none;
  FlowKey key;       // unless `rule` is none
  Tcp tcp;           // if proto is TCP and l4 is known
  int datalink = 0;  // Packet.datalink: raw IP inside a tunnel, 0 if reassembled

  // An inner packet of a tunnel or a reassembled datagram (T3).
  bool is_derived() const { return origin != Origin::record; }
};

// Whether the checksum over transport header, payload and IP addresses is right. Of a TCP or UDP
// packet whose payload is known.
bool has_right_checksum(const Decoded& packet);

// True for the link types that decode() supports (T11).
bool knows_link_type(int link_type);

class Decoder {
 public:
  explicit Decoder(Dialect dialect = {});
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // Calls `on_packet` for each packet of the record, in the order in which Suricata's flow worker
  // receives them: derived packets come before the packet that they are derived from. Never fails:
  // bytes that cannot be decoded are a packet without a flow. A record of more than 65604 bytes has
  // no packet, as in Suricata.
  using OnPacket = std::function<void(const Decoded&)>;
  void decode(const Record& record, const OnPacket& on_packet);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace surisim::decode
