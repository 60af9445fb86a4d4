// Builds packets header by header, and decodes them.
//
// A header function takes the payload: eth(kIpv4, ipv4({}, tcp({}))). Lengths are correct unless a
// test sets them; checksums are 0, because the decoder does not check them (T10).
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "decode/decode.hpp"

namespace test {

using Data = std::vector<std::uint8_t>;
using surisim::decode::Bytes;
using surisim::decode::Decoded;
using surisim::decode::FlowKey;
using surisim::decode::FlowRule;

inline constexpr int kEthernet = 1;
inline constexpr std::uint16_t kIpv4 = 0x0800;
inline constexpr std::uint16_t kIpv6 = 0x86dd;
inline constexpr std::uint16_t kVlan = 0x8100;

Data join(std::initializer_list<Data> parts);
Data text(std::string_view letters);
Data be16(std::size_t value);
Data be32(std::size_t value);
Data zeros(std::size_t size);

Data eth(std::uint16_t type, const Data& payload);
Data vlan(std::uint16_t id, std::uint16_t type, const Data& payload);

struct Ipv4 {
  std::array<std::uint8_t, 4> src = {10, 0, 0, 1};
  std::array<std::uint8_t, 4> dst = {10, 0, 0, 2};
  std::uint8_t proto = 6;
  std::uint16_t id = 1;
  std::uint16_t offset = 0;  // bytes
  bool more = false;
  Data options = {};  // a multiple of four
  std::optional<std::uint16_t> total = {};
};
Data ipv4(const Ipv4& header, const Data& payload);

using Address6 = std::array<std::uint8_t, 16>;
Address6 address6(std::uint8_t last);

struct Ipv6 {
  Address6 src = address6(1);
  Address6 dst = address6(2);
  std::uint8_t next = 6;
  std::uint8_t hop_limit = 64;
  std::optional<std::uint16_t> size = {};
};
Data ipv6(const Ipv6& header, const Data& payload);
// An IPv6 fragment header; `offset` in bytes.
Data fragment6(std::uint8_t next, std::uint16_t offset, bool more, std::uint32_t id,
               const Data& payload);
// A hop-by-hop, destination or routing header of `options`, which fills it: 6, 14, 22… bytes.
Data extension(std::uint8_t next, const Data& options, const Data& payload);

struct Tcp {
  std::uint16_t sp = 1000;
  std::uint16_t dp = 80;
  std::uint8_t flags = 0x10;
  Data options = {};                        // a multiple of four
  std::optional<std::uint8_t> header = {};  // bytes
};
Data tcp(const Tcp& header, const Data& payload = {});
Data udp(std::uint16_t sp, std::uint16_t dp, const Data& payload = {},
         std::optional<std::uint16_t> size = {});
Data icmp(std::uint8_t type, std::uint8_t code, const Data& body = zeros(4));

// A capture: one decoder, and copies of its results.
class Capture {
 public:
  struct Packet {
    Decoded d;
    Data bytes;    // of d.bytes
    Data payload;  // at d.payload
  };

  explicit Capture(int link_type = kEthernet, surisim::decode::Dialect dialect = {})
      : decoder_(dialect), link_type_(link_type) {}
  // The packets of one record, in order. Seconds, since an arbitrary start.
  std::vector<Packet> record(const Data& bytes, double seconds = 0);

 private:
  surisim::decode::Decoder decoder_;
  int link_type_;
};

// All packets of one record, and the only packet of one.
std::vector<Capture::Packet> packets(const Data& record, int link_type = kEthernet);
// The same as Suricata 8.0 decodes it.
std::vector<Capture::Packet> packets_of_80(const Data& record);
Decoded packet(const Data& record, int link_type = kEthernet);

// True for keys of one flow (T1).
bool same_flow(const Decoded& one, const Decoded& other);

}  // namespace test
