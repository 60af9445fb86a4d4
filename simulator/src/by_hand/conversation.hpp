// Builds the frames of a flow that a test sends, as its two ends would: Ethernet, VLANs, IP,
// transport header and data, with the right sequence numbers and checksums.
//
// When:    for each packet that a test sends.
// Owner:   values; frames are copies.
// Threads: one at a time.
// Source:  RFCs 791, 792, 768, 4443, 8200, 9260, 9293.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "surisim/error.hpp"
#include "surisim/traffic.hpp"

namespace surisim::engine {

// Packet time when traffic starts, µs: 2026-01-01.
inline constexpr std::int64_t kFirstPacketTime = 1'767'225'600'000'000;

// Refuses a test's call, with a sentence that says why.
template <class... Args>
tl::unexpected<Error> refuse_traffic(fmt::format_string<Args...> text, Args&&... args) {
  return fail(ErrorCode::traffic_refused, fmt::format(text, std::forward<Args>(args)...));
}

// "10.0.0.1:1025".
struct Endpoint {
  std::string address;  // 4 or 16 bytes, network order
  std::uint16_t port = 0;
};
// `with_port`: the text must have a port. The error is a sentence.
expected<Endpoint> parse_endpoint(std::string_view text, bool with_port);
bool has_ports(std::uint8_t proto);

class Conversation {
 public:
  // Errors: traffic_refused.
  static expected<Conversation> make(const FlowSpec& spec);

  // The next packet: one frame, or one for each fragment. After an error (traffic_refused) the
  // conversation is unchanged.
  expected<std::vector<std::string>> packet(const PacketSpec& spec);
  // Gives both ends new sequence numbers, for a SYN that reuses the ports.
  void restart();

 private:
  struct IpPacket {
    std::uint8_t proto = 0;
    bool to_server = true;
    std::string payload;
  };

  Conversation(const FlowSpec& spec, Endpoint client, Endpoint server)
      : proto_(spec.proto),
        vlans_(spec.vlans),
        ends_{std::move(client), std::move(server)},
        ipv6_(ends_[0].address.size() == 16) {}

  expected<void> check(const PacketSpec& spec) const;
  std::string transport(const PacketSpec& spec);
  std::string tcp(const PacketSpec& spec);
  std::string udp(const PacketSpec& spec) const;
  std::string sctp(const PacketSpec& spec);
  std::string icmp(const PacketSpec& spec) const;
  std::string icmp_error(const PacketSpec& spec) const;
  std::string ip_header(const IpPacket& packet, std::size_t size, std::uint8_t next,
                        std::uint16_t fragment) const;
  std::string frame(const IpPacket& packet) const;
  std::string fragment(const IpPacket& packet, std::size_t at, std::size_t size) const;
  std::string link(bool to_server) const;
  // Of a transport header, its data, and the pseudo header.
  std::uint16_t checksum(std::string_view bytes, std::uint8_t proto, bool to_server) const;
  const Endpoint& from(bool to_server) const { return ends_[to_server ? 0 : 1]; }
  const Endpoint& to(bool to_server) const { return ends_[to_server ? 1 : 0]; }
  std::uint8_t icmp_proto() const;

  std::uint8_t proto_;
  std::vector<std::uint16_t> vlans_;
  std::array<Endpoint, 2> ends_;  // client, server
  bool ipv6_;
  // What each end sends next: TCP's sequence number, SCTP's TSN.
  std::array<std::uint32_t, 2> next_{kFirst[0], kFirst[1]};
  std::uint16_t ip_id_ = 0;  // of fragmented packets
  std::uint32_t restarts_ = 0;

  static constexpr std::array<std::uint32_t, 2> kFirst{1000, 5000};
};

}  // namespace surisim::engine
