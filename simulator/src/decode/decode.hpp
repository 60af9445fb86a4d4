// Which packets a captured record holds, and which flow each belongs to.
//
// When:    any time; a Decoder is the state of one capturing thread (fragments under way).
// Owner:   a Decoded's bytes are the record's or the Decoder's: valid until decode() returns.
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

// One record of a capture.
struct Record {
  int link_type = 0;      // LINKTYPE_ value of the capture
  std::int64_t time = 0;  // µs since 1970
  Bytes bytes;            // as captured
};

// What makes two packets belong to one flow (T1). Compare `ports` and addresses in either
// direction, unless `one_way`.
struct FlowKey {
  std::array<std::uint8_t, 16> src{};  // network order; IPv4 in the first four
  std::array<std::uint8_t, 16> dst{};
  std::array<std::uint16_t, 3> vlan{};
  std::uint16_t sp = 0;  // ICMP: type (T7); ICMPv6: and 256 × code (T8); ESP: low half of the SPI
  std::uint16_t dp = 0;  // ICMP: counterpart type or 0; ESP: high half (T9)
  std::uint8_t proto = 0;
  std::uint8_t depth = 0;
  bool ipv6 = false;

  friend bool operator==(const FlowKey&, const FlowKey&) = default;
};

enum class FlowRule : std::uint8_t {
  none,      // the packet has no flow (T4, T5, T6, T10)
  own,       // of either direction (T1)
  one_way,   // the other direction is another flow (T9)
  existing,  // joins the flow of `key`, which it quotes; makes none (T6)
};

struct Tcp {
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint16_t window = 0;
  std::uint8_t flags = 0;
};

inline constexpr std::size_t kNowhere = ~std::size_t{0};

// A packet as Suricata's flow worker gets it.
struct Decoded {
  Bytes bytes;                // from its first header on: of the record, or of the derived packet
  std::int64_t time = 0;      // µs since 1970
  std::size_t l3 = kNowhere;  // where the IP header starts in `bytes`
  std::size_t l4 = kNowhere;  // where the transport header starts
  std::size_t payload = kNowhere;  // where the transport payload starts
  std::size_t payload_size = 0;
  std::array<std::uint8_t, 16> src{};  // of this packet, as FlowKey's
  std::array<std::uint8_t, 16> dst{};
  std::uint16_t sp = 0;    // Packet.sp and dp. ICMP: type + 256 × code, and counterpart type or 0;
  std::uint16_t dp = 0;    // ESP: 0, the SPI is in the flow's ports only
  std::uint8_t proto = 0;  // Packet.proto; 0 without IP
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
  bool ipv4 = false;
  bool ipv6 = false;
  bool derived = false;  // made from a record: inner packet of a tunnel, reassembled datagram (T3)
  bool invalid = false;  // PKT_IS_INVALID
  std::uint8_t depth = 0;
  std::uint8_t vlans = 0;
  std::array<std::uint16_t, 3> vlan{};
  FlowRule rule = FlowRule::none;
  FlowKey key;  // unless `rule` is none
  Tcp tcp;      // when proto is TCP and l4 is there
};

// True for the link types that decode() knows (T11).
bool knows_link_type(int link_type);

class Decoder {
 public:
  Decoder();
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // Calls `on_packet` for each packet of the record in the order in which Suricata's flow worker
  // gets them: derived packets come before the one that they were made from. Never fails: what
  // cannot be read is a packet without a flow. A record above 65604 bytes gives no packet at all,
  // as in Suricata.
  using OnPacket = std::function<void(const Decoded&)>;
  void decode(const Record& record, const OnPacket& on_packet);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace surisim::decode
