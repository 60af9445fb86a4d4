// Derives flows and packets from the seed, on capturing threads, and fills Suricata's structs, on
// workers.
#include "traffic/flow_generator.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "abi/host.hpp"
#include "threads/flow_pool.hpp"
#include "traffic/packet_bytes.hpp"

namespace surisim::engine {

namespace {

constexpr std::size_t kEthernet = 14;

std::size_t ip_header(bool ipv6) { return ipv6 ? 40 : 20; }
std::size_t transport_size(std::uint8_t proto) { return proto == IPPROTO_TCP ? 20 : 8; }

bool forces_tcp(End end) { return end == End::handed_back || end == End::reuse; }

constexpr std::array<std::uint16_t, 16> kServices = {443, 80, 53,  22,   25,   123,  993,  8080,
                                                     110, 21, 143, 3306, 5060, 3389, 8443, 587};

}  // namespace

std::uint32_t FlowTuple::hash() const {
  std::uint64_t a[4];
  std::memcpy(a, src.data(), 16);
  std::memcpy(a + 2, dst.data(), 16);
  const std::uint64_t low = a[0] ^ mix(a[1]);
  const std::uint64_t high = a[2] ^ mix(a[3]);
  const std::uint64_t ports =
      (static_cast<std::uint64_t>(std::min(sp, dp)) << 32) | (std::max(sp, dp) * 256u + proto);
  return static_cast<std::uint32_t>(
      mix(mix(std::min(low, high)) ^ mix(std::max(low, high) + ports)) >> 32);
}

FlowGenerator::FlowGenerator(const TrafficOptions& options)
    : options_(options), left_open_(std::min<std::uint64_t>((options.flows + 15) / 16, 256)) {
  const EndShares& e = options_.ends;
  const double sum = e.recycler + e.pressure + e.bucket + e.reuse + e.handed_back;
  const double scale = sum > 0 ? 1 / sum : 0;
  // Only every second flow can end by reuse: the next one is its successor.
  bounds_[0] = e.handed_back * scale;
  bounds_[1] = bounds_[0] + e.bucket * scale;
  bounds_[2] = bounds_[1] + e.pressure * scale;
  bounds_[3] = std::min(1.0, bounds_[2] + 2 * e.reuse * scale);
  // Some ends force TCP: the protocols of the other flows make up for that.
  const double forced = (e.handed_back + e.reuse) * scale;
  const double rest = std::max(1e-9, 1 - forced);
  const double tcp = std::max(0.0, 1 - options_.udp - options_.icmp - forced);
  udp_of_the_rest_ = options_.udp / rest;
  tcp_of_the_rest_ = tcp / rest;
  choose_missing();  // flow_kinds.cpp
}

const FlowGenerator::Chosen* FlowGenerator::chosen(std::uint64_t index) const {
  if (chosen_.empty()) return nullptr;
  const auto found = chosen_.find(index);
  return found == chosen_.end() ? nullptr : &found->second;
}

End FlowGenerator::end_of(std::uint64_t index, std::uint64_t dice) const {
  if (index + left_open_ >= options_.flows) return End::shutdown_recycler;
  if (const Chosen* const own = chosen(index); own != nullptr && own->end) return *own->end;
  const double rolled = share(dice, kEndKind);
  if (rolled < bounds_[0]) return End::handed_back;
  if (rolled < bounds_[1]) return End::bucket;
  if (rolled < bounds_[2]) return End::pressure;
  if (rolled < bounds_[3] && index % 2 == 0) return End::reuse;
  return End::recycler;
}

bool FlowGenerator::is_successor(std::uint64_t index) const {
  if (index % 2 == 0) return false;
  return end_of(index - 1, mix(options_.seed ^ mix(index - 1))) == End::reuse;
}

std::uint8_t FlowGenerator::proto_of(End end, std::uint64_t dice) const {
  if (forces_tcp(end)) return IPPROTO_TCP;
  const double rolled = share(dice, kProto);
  if (end == End::shutdown_recycler) {  // these ends do not force TCP
    if (rolled < options_.udp) return IPPROTO_UDP;
    return rolled < options_.udp + options_.icmp ? IPPROTO_ICMP : IPPROTO_TCP;
  }
  if (rolled < tcp_of_the_rest_) return IPPROTO_TCP;
  if (rolled < tcp_of_the_rest_ + udp_of_the_rest_) return IPPROTO_UDP;
  return IPPROTO_ICMP;
}

FlowTuple FlowGenerator::tuple_of(std::uint64_t index) const {
  if (is_successor(index)) --index;
  const std::uint64_t dice = mix(options_.seed ^ mix(index));
  FlowTuple tuple;
  const End end = end_of(index, dice);
  tuple.proto = proto_of(end, dice);
  tuple.ipv6 = share(dice, kFamily) < options_.ipv6;
  if (const Chosen* const own = chosen(index)) {
    if (!forces_tcp(end)) tuple.proto = own->proto.value_or(tuple.proto);
    tuple.ipv6 = own->ipv6.value_or(tuple.ipv6);
  }
  const std::uint64_t words[4] = {roll(dice, kSource), roll(dice, kSource2),
                                  roll(dice, kDestination), roll(dice, kDestination2)};
  std::memcpy(tuple.src.data(), words, tuple.ipv6 ? 16 : 4);
  std::memcpy(tuple.dst.data(), words + 2, tuple.ipv6 ? 16 : 4);
  if (tuple.ipv6) {
    tuple.src[0] = tuple.dst[0] = 0x20;  // global unicast
  } else {
    tuple.src[0] = static_cast<std::uint8_t>(1 + tuple.src[0] % 223);  // no multicast
    tuple.dst[0] = static_cast<std::uint8_t>(1 + tuple.dst[0] % 223);
  }
  if (tuple.proto == IPPROTO_ICMP) {
    // Ports are type + 256 * code and the counterpart's type: echo request and reply.
    if (tuple.ipv6) tuple.proto = IPPROTO_ICMPV6;
    tuple.sp = tuple.ipv6 ? 128 : 8;
    tuple.dp = tuple.ipv6 ? 129 : 0;
    return tuple;
  }
  tuple.sp = static_cast<std::uint16_t>(1024 + roll(dice, kSourcePort) % (65536 - 1024));
  const std::uint64_t service = roll(dice, kService);
  tuple.dp = share(dice, kSpreadPort) < 0.8 ? kServices[service % kServices.size()]
                                            : static_cast<std::uint16_t>(1 + service % 65535);
  return tuple;
}

std::uint32_t FlowGenerator::hash_of(std::uint64_t index) const { return tuple_of(index).hash(); }

FlowSpec FlowGenerator::spec_of(std::uint64_t index) const {
  const std::uint64_t dice = mix(options_.seed ^ mix(index));
  FlowSpec spec{tuple_of(index)};
  spec.index = index;
  spec.dice = dice;
  spec.flow_hash = spec.hash();
  spec.end = end_of(index, dice);

  // Most flows are short and a few are very long; the mean is packets_per_flow.
  const std::uint64_t mean = options_.packets_per_flow;
  const double kind = share(dice, kLength);
  const std::uint64_t widest = kind < 0.70 ? mean : kind < 0.95 ? 2 * mean : 16 * mean;
  spec.packets = mean <= 1 ? 1
                           : static_cast<std::uint32_t>(
                                 std::max<std::uint64_t>(1, (roll(dice, kSpread) % (widest + 1))));
  if (options_.exact_packets) {
    spec.packets = options_.packets_per_flow;
    if (spec.packets < kWithData && spec.end == End::handed_back) spec.end = End::recycler;
  }
  if (spec.end == End::handed_back) spec.packets = std::max(spec.packets, kWithData);
  const Chosen* const own = chosen(index);
  if (own != nullptr && own->icmp_error) spec.packets = std::max<std::uint32_t>(spec.packets, 2);
  const bool tcp = spec.proto == IPPROTO_TCP;
  spec.has_data = tcp && (spec.end == End::handed_back ||
                          (spec.packets >= kWithData && share(dice, kData) < 0.6));
  spec.icmp_error =
      spec.proto == IPPROTO_UDP && !spec.ipv6 && spec.packets > 1 &&
      (share(dice, kIcmpError) < options_.icmp_errors || (own != nullptr && own->icmp_error));
  spec.no_flow = own != nullptr && own->no_flow;
  spec.alert = own != nullptr && own->alert;
  if (spec.end == End::shutdown_recycler) {
    const double wanted = options_.ends.backstop;
    const bool first = index + left_open_ == options_.flows;
    if (wanted > 0 && (first || (!spec.has_data && share(dice, kBackstop) < wanted))) {
      spec.backstop = true;
      spec.has_data = false;
    }
  }
  return spec;
}

FlowDistributor::Block FlowDistributor::distribute(std::uint64_t block) const {
  const std::uint64_t first = block * kBlock;
  const std::uint64_t end = std::min(generator_.flows(), first + kBlock);
  std::vector<std::uint32_t> part_of;
  part_of.reserve(kBlock);
  Block result;
  result.begin.assign(parts_ + 1, 0);
  constexpr std::uint32_t kNobody = 0xffffffff;
  for (std::uint64_t index = first; index < end; ++index) {
    // A successor has the same hash as the flow before it. The same thread opens it when that flow
    // ends.
    const bool own = !generator_.is_successor(index);
    part_of.push_back(!own ? kNobody : parts_ == 1 ? 0 : generator_.hash_of(index) % parts_);
    if (own) ++result.begin[part_of.back() + 1];
  }
  for (std::uint32_t part = 0; part < parts_; ++part) result.begin[part + 1] += result.begin[part];
  result.flows.resize(result.begin[parts_]);
  std::vector<std::uint32_t> next(result.begin.begin(), result.begin.end() - 1);
  for (std::size_t at = 0; at < part_of.size(); ++at) {
    if (part_of[at] != kNobody) result.flows[next[part_of[at]]++] = static_cast<std::uint16_t>(at);
  }
  result.takers = parts_;
  return result;
}

std::vector<std::uint64_t> FlowDistributor::take(std::uint64_t block, std::uint32_t part) {
  const MutexLock lock(mutex_);
  auto found = blocks_.find(block);
  if (found == blocks_.end()) found = blocks_.emplace(block, distribute(block)).first;
  Block& result = found->second;
  std::vector<std::uint64_t> flows;
  for (std::uint32_t i = result.begin[part]; i < result.begin[part + 1]; ++i)
    flows.push_back(block * kBlock + result.flows[i]);
  if (--result.takers == 0) blocks_.erase(found);
  return flows;
}

PacketSchedule::PacketSchedule(FlowDistributor& distributor, std::uint32_t part, std::uint32_t open)
    : distributor_(distributor),
      generator_(distributor.generator()),
      part_(part),
      no_flow_below_(static_cast<std::uint64_t>(generator_.options().no_flow * 0x1.0p53)),
      dice_(mix(generator_.options().seed + 0x5eedULL + part)) {
  for (std::uint32_t place = 0; place < open; ++place) {
    Active active{{}, place, 0};
    if (!open_next(active)) break;
    active_.push_back(active);
  }
}

bool PacketSchedule::open_next(Active& active) {
  while (next_taken_ == taken_.size()) {
    if (next_block_ == distributor_.blocks()) return false;
    taken_ = distributor_.take(next_block_++, part_);
    next_taken_ = 0;
  }
  active.spec = generator_.spec_of(taken_[next_taken_++]);
  active.next_packet = 0;
  return true;
}

bool PacketSchedule::next(GeneratedPacket& generated) {
  if (ending_ != nullptr) {
    Active& active = *ending_;
    ending_ = nullptr;
    if (active.spec.end == End::reuse) {
      active.spec = generator_.spec_of(active.spec.index + 1);
      active.next_packet = 0;
    } else if (!open_next(active)) {
      active = active_.back();
      active_.pop_back();
    }
  }
  if (active_.empty()) return false;
  dice_ = mix(dice_);
  Active& active = active_[static_cast<std::size_t>(
      (static_cast<unsigned __int128>(dice_) * active_.size()) >> 64)];
  const FlowSpec& spec = active.spec;
  const std::uint64_t dice = roll(spec.dice, kPacket + active.next_packet);
  generated.spec = &spec;
  generated.place = active.place;
  generated.number = active.next_packet++;
  generated.first = generated.number == 0;
  generated.last = active.next_packet == spec.packets;
  generated.icmp_error = spec.icmp_error && generated.number == spec.packets / 2;
  // The first packet goes to the server; most of the others alternate.
  generated.to_server = generated.first || generated.number % 2 == 0 || (dice & 7) == 0;
  if (generated.icmp_error) generated.to_server = false;
  const std::uint64_t widest = (dice & 16) != 0 ? 1461 : 161;
  const std::uint64_t ip = 40 + (((dice >> 32) * widest) >> 32);
  const std::uint8_t proto = generated.icmp_error ? std::uint8_t{IPPROTO_ICMP} : spec.proto;
  const std::uint64_t headers = ip_header(spec.ipv6) + transport_size(proto);
  generated.bytes = static_cast<std::uint16_t>(kEthernet + std::max(ip, headers));
  generated.no_flow = (dice >> 11) < no_flow_below_ || (generated.first && spec.no_flow);
  if (generated.last) ending_ = &active;
  return true;
}

namespace {
// Packet times: flows start 50 µs apart, and the packets of a flow are 1 ms apart.
constexpr std::uint64_t kFirstMicrosecond = 1'700'000'000'000'000;

SCTime_t time_of(const GeneratedPacket& generated) {
  return engine::time_of(static_cast<std::int64_t>(kFirstMicrosecond + generated.spec->index * 50 +
                                                   std::uint64_t{generated.number} * 1000));
}

// Writes ports, or ICMP type and code, and the fields that a valid header needs.
void put_transport(std::uint8_t* to, const Packet& packet, std::size_t size) {
  if (packet.proto == IPPROTO_TCP || packet.proto == IPPROTO_UDP) {
    write16(to, packet.sp);
    write16(to + 2, packet.dp);
  } else {
    write16(to, (packet.sp & 0xffu) << 8 | packet.sp >> 8);
  }
  if (packet.proto == IPPROTO_TCP) {
    to[12] = 5 << 4;  // the header's length in words
    to[13] = 0x10;    // ACK
  } else if (packet.proto == IPPROTO_UDP) {
    write16(to + 4, size);
  }
}

// From client to server or back. The addresses are locally administered: 02:00:00:00:00:01.
void put_ethernet(std::uint8_t* to, bool to_server, bool ipv6) {
  constexpr std::uint8_t kClient = 1, kServer = 2;
  static constexpr std::uint8_t kTemplate[kEthernet] = {2, 0, 0, 0, 0, 0,    2,
                                                        0, 0, 0, 0, 0, 0x08, 0x00};
  std::memcpy(to, kTemplate, kEthernet);
  to[5] = to_server ? kServer : kClient;
  to[11] = to_server ? kClient : kServer;
  if (ipv6) write16(to + 12, ETHERNET_TYPE_IPV6);
}

void put_headers(RawPacket& raw, const Packet& packet, const GeneratedPacket& generated) {
  const bool ipv6 = packet.src.family == AF_INET6;
  const std::size_t header = ip_header(ipv6);
  const std::size_t payload = generated.bytes - kEthernet - header;
  std::uint8_t* const ip = raw.data() + kEthernet;
  put_ethernet(raw.data(), generated.to_server, ipv6);
  std::memset(ip, 0, 60);  // clears the previous packet's headers
  write_ip_header(ip, packet, payload);
  put_transport(ip + header, packet, payload);
}
}  // namespace

bool raises_alert(double share, const GeneratedPacket& generated) {
  return (generated.first && generated.spec->alert) ||
         raises_alert(share, generated.spec->dice, generated.number);
}

void fill_packet(Packet& packet, RawPacket& raw, const GeneratedPacket& generated) {
  const FlowSpec& spec = *generated.spec;
  const auto& from = generated.to_server ? spec.src : spec.dst;
  const auto& to = generated.to_server ? spec.dst : spec.src;
  packet.src.family = packet.dst.family = spec.ipv6 ? AF_INET6 : AF_INET;
  std::memcpy(packet.src.address.address_un_data8, from.data(), 16);
  std::memcpy(packet.dst.address.address_un_data8, to.data(), 16);
  packet.sp = generated.to_server ? spec.sp : spec.dp;
  packet.dp = generated.to_server ? spec.dp : spec.sp;
  packet.proto = spec.proto;
  if (generated.icmp_error) {
    packet.proto = IPPROTO_ICMP;
    packet.sp = 3 + 256 * 3;  // destination unreachable, port unreachable
    packet.dp = 0;
  }
  packet.flowflags = generated.to_server ? FLOW_PKT_TOSERVER : FLOW_PKT_TOCLIENT;
  packet.flow_hash = spec.flow_hash;
  packet.ts = time_of(generated);
  packet.l3.type = spec.ipv6 ? PACKET_L3_IPV6 : PACKET_L3_IPV4;
  packet.l3.hdrs.ip4h = reinterpret_cast<IPV4Hdr*>(raw.data() + kEthernet);
  packet.l3.vars.ip6.v.l4proto = spec.ipv6 ? packet.proto : std::uint8_t{0};
  packet.l2.type = PACKET_L2_ETHERNET;
  packet.l2.hdrs.ethh = reinterpret_cast<EthernetHdr*>(raw.data());
  put_headers(raw, packet, generated);
  const std::size_t l4 = kEthernet + ip_header(spec.ipv6);
  const std::size_t payload = l4 + transport_size(packet.proto);
  set_bytes(packet, {.all = {raw.data(), generated.bytes},
                     .l4 = raw.data() + l4,
                     .payload = {raw.data() + payload, generated.bytes - payload}});
  const abi::PacketLayout& in = abi::in_packet();
  in.pkt_src(packet) = PKT_SRC_WIRE;
  in.datalink(packet) = LINKTYPE_ETHERNET;
  in.pcap_cnt(packet) = generated.record;
}

void fill_flow(Flow& flow, const FlowSpec& spec) {
  std::memcpy(flow.src.address.address_un_data8, spec.src.data(), 16);
  std::memcpy(flow.dst.address.address_un_data8, spec.dst.data(), 16);
  flow.sp = spec.sp;
  flow.dp = spec.dp;
  flow.proto = spec.proto;
  abi::in_flow().flow_hash(flow) = spec.flow_hash;
  abi::in_flow().flags(flow) = spec.ipv6 ? FLOW_IPV6 : FLOW_IPV4;
}

void count_packet(Flow& flow, const Packet& packet, const GeneratedPacket& generated) {
  abi::in_flow().lastts(flow) = packet.ts;
  if (generated.to_server) {
    ++flow.todstpktcnt;
    flow.todstbytecnt += generated.bytes;
    abi::in_flow().flags(flow) |= FLOW_TO_DST_SEEN;
  } else {
    ++flow.tosrcpktcnt;
    flow.tosrcbytecnt += generated.bytes;
    abi::in_flow().flags(flow) |= FLOW_TO_SRC_SEEN;
  }
  if (flow.todstpktcnt != 0 && flow.tosrcpktcnt != 0)
    abi::in_flow().flow_state(flow) = FLOW_STATE_ESTABLISHED;
}

}  // namespace surisim::engine
