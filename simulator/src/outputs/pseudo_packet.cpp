// Fills the pseudo packet at the end of a flow, on its worker.
#include "outputs/pseudo_packet.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace surisim::engine {

namespace {

constexpr std::size_t kTcp = 20;  // bytes of its header

void write16(std::uint8_t* to, std::uint16_t value) {
  to[0] = static_cast<std::uint8_t>(value >> 8);
  to[1] = static_cast<std::uint8_t>(value);
}

std::uint16_t ipv4_checksum(const std::uint8_t* header) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 20; i += 2)
    sum += static_cast<std::uint32_t>(header[i] << 8 | header[i + 1]);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void copy_address(Address& to, const FlowAddress& from, bool ipv6) {
  to.family = static_cast<char>(ipv6 ? AF_INET6 : AF_INET);
  std::memcpy(to.address.address_un_data8, from.address.address_un_data8, ipv6 ? 16 : 4);
}

}  // namespace

PseudoPacket::PseudoPacket(Flow& flow, bool to_server, SCTime_t now, bool is_last) {
  const bool ipv6 = (flow.flags & FLOW_IPV6) != 0;
  copy_address(packet_.src, to_server ? flow.src : flow.dst, ipv6);
  copy_address(packet_.dst, to_server ? flow.dst : flow.src, ipv6);
  packet_.sp = to_server ? flow.sp : flow.dp;
  packet_.dp = to_server ? flow.dp : flow.sp;
  packet_.proto = IPPROTO_TCP;
  std::copy(std::begin(flow.vlan_id), std::end(flow.vlan_id), packet_.vlan_id);
  packet_.vlan_idx = flow.vlan_idx;
  packet_.flags = PKT_STREAM_EST | PKT_HAS_FLOW | PKT_PSEUDO_STREAM_END;
  packet_.flowflags =
      static_cast<std::uint8_t>((to_server ? FLOW_PKT_TOSERVER : FLOW_PKT_TOCLIENT) |
                                FLOW_PKT_ESTABLISHED | (is_last ? FLOW_PKT_LAST_PSEUDO : 0));
  packet_.flow = &flow;
  packet_.ts = now;
  packet_.l3.type = ipv6 ? PACKET_L3_IPV6 : PACKET_L3_IPV4;
  packet_.l3.hdrs.ip4h = reinterpret_cast<IPV4Hdr_*>(headers_.data());
  write_headers(ipv6);
}

void PseudoPacket::write_headers(bool ipv6) {
  std::uint8_t* const ip = headers_.data();
  std::uint8_t* const tcp = ip + (ipv6 ? 40 : 20);
  const auto& src = packet_.src.address.address_un_data8;
  const auto& dst = packet_.dst.address.address_un_data8;
  if (ipv6) {
    ip[0] = 0x60;
    write16(ip + 4, kTcp);
    ip[6] = IPPROTO_TCP;
    ip[7] = 64;
    std::memcpy(ip + 8, src, 16);
    std::memcpy(ip + 24, dst, 16);
  } else {
    ip[0] = 0x45;
    write16(ip + 2, 20 + kTcp);
    ip[8] = 64;
    ip[9] = IPPROTO_TCP;
    std::memcpy(ip + 12, src, 4);
    std::memcpy(ip + 16, dst, 4);
    write16(ip + 10, ipv4_checksum(ip));
  }
  write16(tcp, packet_.sp);
  write16(tcp + 2, packet_.dp);
  tcp[12] = 0x50;         // 20 bytes of header, no flags
  write16(tcp + 14, 10);  // window
}

}  // namespace surisim::engine
