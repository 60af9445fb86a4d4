// Implements capture.hpp.
#include "capture.hpp"

#include <netinet/in.h>
#include <pcap/pcap.h>
#include <zlib.h>

#include <cstdlib>

namespace surisim::test {

namespace {

constexpr std::int64_t kStart = 1'700'000'000'000'000;  // µs

Bytes byte(unsigned n) { return Bytes(1, static_cast<char>(n & 0xff)); }
Bytes be16(std::size_t n) {
  return byte(static_cast<unsigned>(n >> 8)) + byte(static_cast<unsigned>(n));
}
Bytes be32(std::size_t n) { return be16(n >> 16) + be16(n); }

// Numbers in either byte order.
struct Order {
  bool big_endian;
  Bytes n16(std::size_t n) const { return ordered(be16(n)); }
  Bytes n32(std::size_t n) const { return ordered(be32(n)); }
  Bytes ordered(const Bytes& big) const {
    return big_endian ? big : Bytes(big.rbegin(), big.rend());
  }
};

}  // namespace

Bytes ip4(std::uint8_t last) { return byte(10) + byte(0) + byte(0) + byte(last); }
Bytes ip6(std::uint8_t last) { return byte(0x20) + byte(1) + Bytes(13, '\0') + byte(last); }

Bytes tcp(std::uint16_t sp, std::uint16_t dp, std::uint8_t flags, std::uint32_t seq,
          std::uint32_t ack, const Bytes& data) {
  return be16(sp) + be16(dp) + be32(seq) + be32(ack) + byte(5 << 4) + byte(flags) + be16(60000) +
         be16(0) + be16(0) + data;
}

Bytes udp(std::uint16_t sp, std::uint16_t dp, const Bytes& data) {
  return be16(sp) + be16(dp) + be16(8 + data.size()) + be16(0) + data;
}

Bytes sctp(std::uint16_t sp, std::uint16_t dp) {
  constexpr std::size_t kEmptyChunk = 4;
  return be16(sp) + be16(dp) + be32(1) + be32(0) + byte(1) + byte(0) + be16(kEmptyChunk);
}

Bytes icmp(std::uint8_t type, std::uint8_t code, const Bytes& rest) {
  return byte(type) + byte(code) + be16(0) + rest;
}

Bytes ipv4(std::uint8_t proto, const Bytes& src, const Bytes& dst, const Bytes& payload,
           std::uint16_t fragment) {
  return byte(0x45) + byte(0) + be16(20 + payload.size()) + be16(77) + be16(fragment) + byte(64) +
         byte(proto) + be16(0) + src + dst + payload;
}

Bytes ipv6(std::uint8_t proto, const Bytes& src, const Bytes& dst, const Bytes& payload) {
  return be32(0x60000000) + be16(payload.size()) + byte(proto) + byte(64) + src + dst + payload;
}

Bytes ethernet(const Bytes& payload, const std::vector<std::uint16_t>& vlans, std::uint16_t type) {
  Bytes out = Bytes(6, '\x02') + Bytes(6, '\x04');
  for (const std::uint16_t vlan : vlans) out += be16(0x8100) + be16(vlan);
  const bool is_ipv6 = !payload.empty() && (payload[0] & 0xf0) == 0x60;
  return out + be16(type != 0 ? type : is_ipv6 ? 0x86dd : 0x0800) + payload;
}

Bytes udp_packet(bool to_server, std::uint16_t client_port) {
  return ethernet(to_server ? ipv4(IPPROTO_UDP, ip4(1), ip4(2), udp(client_port, 53))
                            : ipv4(IPPROTO_UDP, ip4(2), ip4(1), udp(53, client_port)));
}

Bytes tcp_packet(bool to_server, std::uint8_t flags, std::uint32_t seq, std::uint32_t ack,
                 const Bytes& data, std::uint16_t client_port) {
  constexpr std::uint16_t kServerPort = 80;
  return ethernet(to_server ? ipv4(IPPROTO_TCP, ip4(1), ip4(2),
                                   tcp(client_port, kServerPort, flags, seq, ack, data))
                            : ipv4(IPPROTO_TCP, ip4(2), ip4(1),
                                   tcp(kServerPort, client_port, flags, seq, ack, data)));
}

Bytes with_checksum(Bytes tcp_packet) {
  constexpr std::size_t kEthernet = 14;
  const bool is_ipv6 = (tcp_packet[kEthernet] & 0xf0) == 0x60;
  const std::size_t addresses = kEthernet + (is_ipv6 ? 8 : 12);
  const std::size_t start = kEthernet + (is_ipv6 ? 40 : 20);
  Bytes summed = tcp_packet.substr(addresses);
  if (summed.size() % 2 != 0) summed += '\0';
  std::size_t sum = IPPROTO_TCP + tcp_packet.size() - start;
  for (std::size_t at = 0; at < summed.size(); at += 2)
    sum += static_cast<std::size_t>(static_cast<std::uint8_t>(summed[at])) << 8 |
           static_cast<std::uint8_t>(summed[at + 1]);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return tcp_packet.replace(start + 16, 2, be16(~sum & 0xffff));
}

Capture& Capture::add(const Bytes& bytes, double at) {
  records_.push_back({kStart + static_cast<std::int64_t>(at * 1e6), bytes});
  return *this;
}

Capture& Capture::add(const Bytes& bytes) {
  const std::int64_t time = records_.empty() ? kStart : records_.back().time + 1000;
  records_.push_back({time, bytes});
  return *this;
}

Capture& Capture::add_tcp_conversation(std::uint16_t client_port) {
  const auto packet = [&](bool to_server, std::uint8_t flags, std::uint32_t seq, std::uint32_t ack,
                          const Bytes& data = {}) {
    add(tcp_packet(to_server, flags, seq, ack, data, client_port));
  };
  packet(true, kSyn, 1000, 0);
  packet(false, kSyn | kAck, 5000, 1001);
  packet(true, kAck, 1001, 5001);
  packet(true, kAck | kPsh, 1001, 5001, "a request to make");
  packet(false, kAck | kPsh, 5001, 1018, "the answer");
  packet(true, kFin | kAck, 1018, 5011);
  packet(false, kFin | kAck, 5011, 1019);
  packet(true, kAck, 1019, 5012);
  return *this;
}

std::string Capture::write(const std::string& path, int link_type, bool nanoseconds) const {
  const auto precision =
      static_cast<u_int>(nanoseconds ? PCAP_TSTAMP_PRECISION_NANO : PCAP_TSTAMP_PRECISION_MICRO);
  pcap_t* const handle = pcap_open_dead_with_tstamp_precision(link_type, 262144, precision);
  pcap_dumper_t* const dumper = pcap_dump_open(handle, path.c_str());
  if (dumper == nullptr) std::abort();
  for (const TimedRecord& record : records_) {
    pcap_pkthdr header{};
    header.ts.tv_sec = record.time / 1'000'000;
    header.ts.tv_usec = record.time % 1'000'000 * (nanoseconds ? 1000 : 1);
    header.caplen = header.len = static_cast<bpf_u_int32>(record.bytes.size());
    pcap_dump(reinterpret_cast<u_char*>(dumper), &header,
              reinterpret_cast<const u_char*>(record.bytes.data()));
  }
  pcap_dump_close(dumper);
  pcap_close(handle);
  return path;
}

Bytes Capture::as_pcapng(bool big_endian) const {
  const Order order{big_endian};
  const auto block = [&](std::size_t type, Bytes body) {
    while (body.size() % 4 != 0) body += '\0';
    const Bytes length = order.n32(body.size() + 12);
    return order.n32(type) + length + body + length;
  };
  Bytes out =
      block(0x0a0d0d0a, order.n32(0x1a2b3c4d) + order.n16(1) + order.n16(0) + Bytes(8, '\xff'));
  out += block(1, order.n16(1) + order.n16(0) + order.n32(262144));
  for (const TimedRecord& record : records_) {
    const auto time = static_cast<std::uint64_t>(record.time);
    const Bytes size = order.n32(record.bytes.size());
    out += block(6, order.n32(0) + order.n32(time >> 32) + order.n32(time & 0xffffffff) + size +
                        size + record.bytes);
  }
  return out;
}

Bytes Capture::as_pcap(bool big_endian) const {
  const Order order{big_endian};
  Bytes out = order.n32(0xa1b2c3d4) + order.n16(2) + order.n16(4) + order.n32(0) + order.n32(0) +
              order.n32(262144) + order.n32(1);
  for (const TimedRecord& record : records_) {
    const auto time = static_cast<std::uint64_t>(record.time);
    const Bytes size = order.n32(record.bytes.size());
    out += order.n32(time / 1'000'000) + order.n32(time % 1'000'000) + size + size + record.bytes;
  }
  return out;
}

Bytes gzipped(const Bytes& content) {
  z_stream stream{};
  constexpr int kGzip = 15 + 16;
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    std::abort();
  Bytes out(deflateBound(&stream, content.size()), '\0');
  Bytes in = content;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace surisim::test
