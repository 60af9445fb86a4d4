// Passes a record through the decoders, creates packets from the contents of tunnels and fragments
// (T3, T4), and determines which flow each packet belongs to (T1, T6 to T9).
#include "decode/decode.hpp"

#include <algorithm>
#include <utility>

#include "decode/packet.hpp"

namespace surisim::decode {

namespace {

bool may_derive(Run& run, Packet& parent) {
  if (run.attempts++ < kMaxDerived) return true;
  parent.out.invalid = true;
  return false;
}

// libpcap's number of LINKTYPE_RAW in a file, and on Linux.
constexpr int kLinkTypeRaw = 101;
constexpr int kDltRaw = 12;

Outcome decode_inner(Run& run, Packet& p, Inner inner) {
  const Bytes bytes = p.out.bytes;
  switch (inner) {
    case Inner::ethernet:
      return decode_ethernet(run, p, bytes);
    case Inner::erspan2:
      return decode_erspan2(run, p, bytes);
    case Inner::vlan:
      return decode_vlan(run, p, bytes);
    case Inner::ipv4:
      return decode_ipv4(run, p, at_most(bytes, kMaxIpBytes));
    case Inner::ipv6:
      return decode_ipv6(run, p, at_most(bytes, kMaxIpBytes));
    case Inner::ppp:
      return decode_ppp(run, p, bytes);
    case Inner::arp:
      return decode_arp(p, bytes);
  }
  return Outcome::failed;
}

void set_quoted_flow(Packet& p) {
  FlowKey& key = p.out.key;
  p.out.rule = FlowRule::existing;
  std::copy(p.quote.src.begin(), p.quote.src.end(), key.src.begin());
  std::copy(p.quote.dst.begin(), p.quote.dst.end(), key.dst.begin());
  key.sp = p.quote.sp;
  key.dp = p.quote.dp;
  key.proto = p.quote.proto;
}

// Which ports: T7 and T9.
void set_own_flow(Packet& p) {
  Decoded& out = p.out;
  FlowKey& key = out.key;
  out.rule = out.proto == kEsp ? FlowRule::one_way : FlowRule::own;
  key.src = out.src;
  key.dst = out.dst;
  key.proto = out.proto;
  key.sp = out.sp;
  key.dp = out.dp;
  if (out.proto == kIcmp) key.sp = out.icmp_type;  // ICMPv6's code counts, ICMPv4's does not
  if (out.proto == kEsp) {
    key.sp = static_cast<std::uint16_t>(p.spi);
    key.dp = static_cast<std::uint16_t>(p.spi >> 16);
  }
}

bool is_icmp_error(const Decoded& out) {
  const std::uint8_t type = out.icmp_type;
  return out.proto == kIcmp && (type == 3 || type == 4 || type == 5 || type == 11 || type == 12);
}

}  // namespace

bool derive_inner(Run& run, Packet& parent, Bytes bytes, Inner inner, Origin origin) {
  if (parent.layers + 1 >= kMaxLayers) {
    parent.out.invalid = true;
    return false;
  }
  if (!may_derive(run, parent)) return false;
  Packet p(bytes, parent.out.time);
  p.out.origin = origin;
  p.out.datalink = kDltRaw;
  p.out.depth = static_cast<std::uint8_t>(parent.out.depth + 1);
  p.layers = static_cast<std::uint8_t>(parent.layers + 1);
  if (decode_inner(run, p, inner) == Outcome::failed) return false;
  if (origin == Origin::teredo && p.out.invalid) return false;
  finish(p);
  run.derived.push_back(p.out);
  return true;
}

void derive_reassembled(Run& run, Packet& parent, const Fragment& fragment) {
  Datagram datagram = run.defragmenter.add(fragment);
  if (datagram.bytes.empty() || !may_derive(run, parent)) return;
  run.buffers.push_back(std::move(datagram.bytes));
  Packet p(run.buffers.back(), parent.out.time);
  p.out.origin = Origin::defrag;
  p.out.depth = parent.out.depth;
  p.out.vlan = parent.out.vlan;
  p.out.vlans = parent.out.vlans;
  const Bytes ip = from(p.out.bytes, datagram.ip_at);
  if (ip.size() > kMaxIpBytes) return;
  const Outcome outcome = fragment.key.ipv6 ? decode_ipv6(run, p, ip) : decode_ipv4(run, p, ip);
  if (outcome == Outcome::failed) return;
  finish(p);
  run.derived.push_back(p.out);
}

// The combined result of FlowGetHash, FlowCompare and FlowCreateCheck for a packet.
void finish(Packet& p) {
  Decoded& out = p.out;
  if (!p.wants_flow) return;
  if (!is_icmp_error(out)) {
    set_own_flow(p);
  } else if (out.icmp_type == 3 && p.quote.proto != 0 && !out.invalid) {
    set_quoted_flow(p);
  } else {
    return;
  }
  out.key.vlan = out.vlan;
  out.key.depth = out.depth;
  out.key.ipv6 = out.ipv6;
}

struct Decoder::State {
  Run run;
};

Decoder::Decoder(Dialect dialect) : state_(std::make_unique<State>()) {
  state_->run.dialect = dialect;
}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

void Decoder::decode(const Record& record, const OnPacket& on_packet) {
  if (record.bytes.size() > kMaxBytes) return;
  Run& run = state_->run;
  run.start_record();
  Packet packet(record.bytes, record.time);
  packet.out.datalink = record.link_type == kLinkTypeRaw ? kDltRaw : record.link_type;
  (void)decode_link(run, packet, record.link_type);
  finish(packet);
  for (const Decoded& derived : run.derived) on_packet(derived);
  on_packet(packet.out);
}

}  // namespace surisim::decode
