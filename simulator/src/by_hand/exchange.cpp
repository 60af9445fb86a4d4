// The packets of a handshake and the like, sent one by one.
#include <vector>

#include "surisim/traffic.hpp"

namespace surisim {

namespace {

constexpr std::uint8_t kIcmpv6 = 58;
constexpr std::uint8_t kPortUnreachable = 3;  // codes of ICMP and ICMPv6
constexpr std::uint8_t kPortUnreachable6 = 4;

std::vector<PacketSpec> packets_of(Exchange what, std::string_view client) {
  constexpr std::uint8_t kSynAck = kTcpSyn | kTcpAck, kFinAck = kTcpFin | kTcpAck,
                         kRstAck = kTcpRst | kTcpAck;
  switch (what) {
    case Exchange::handshake:
      return {{.tcp_flags = kTcpSyn},
              {.to_server = false, .tcp_flags = kSynAck},
              {.tcp_flags = kTcpAck}};
    case Exchange::close:
      return {{.tcp_flags = kFinAck},
              {.to_server = false, .tcp_flags = kFinAck},
              {.tcp_flags = kTcpAck}};
    case Exchange::reset:
      return {{.tcp_flags = kRstAck}};
    case Exchange::icmp_error:
      return {{.to_server = false,
               .icmp_error = icmp_of(client) == kIcmpv6 ? kPortUnreachable6 : kPortUnreachable}};
  }
  return {};
}

}  // namespace

expected<Sent> exchange(Traffic& traffic, FlowId flow, Exchange what) {
  const auto spec = traffic.spec_of(flow);
  if (!spec) return tl::unexpected<Error>(spec.error());
  expected<Sent> sent;
  for (const PacketSpec& packet : packets_of(what, spec->client)) {
    sent = traffic.send(flow, packet);
    if (!sent) break;
  }
  return sent;
}

}  // namespace surisim
