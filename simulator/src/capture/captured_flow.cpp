// Fills Suricata's Flow and Packet from a decoded packet, as its flow engine and decoder do.
#include "capture/captured_flow.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "abi/host.hpp"
#include "threads/flow_pool.hpp"
#include "traffic/packet_bytes.hpp"

namespace surisim::engine {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;

// Flow.protomap: the index into Suricata's table of time-outs.
enum ProtoMap : std::uint8_t { kMapTcp, kMapUdp, kMapIcmp, kMapOther };

ProtoMap map_of(std::uint8_t proto) {
  return proto == IPPROTO_TCP    ? kMapTcp
         : proto == IPPROTO_UDP  ? kMapUdp
         : proto == IPPROTO_ICMP ? kMapIcmp
                                 : kMapOther;
}

// In seconds (T12). Source: flow-private.h (FLOW_…_EMERG_…_TIMEOUT).
std::uint32_t timeout_of(const Flow& flow, bool emergency = false) {
  switch (abi::in_flow().flow_state(flow)) {
    case FLOW_STATE_ESTABLISHED:
      return emergency ? 100 : 300;
    case FLOW_STATE_CLOSED:
      return flow.protomap != kMapTcp ? 0 : emergency ? 5 : 10;
    default:
      return emergency ? 10 : 30;
  }
}

void set_state(Flow& flow, FlowState state) {
  abi::in_flow().flow_state(flow) = static_cast<std::int16_t>(state);
  abi::in_flow().timeout_policy(flow) = timeout_of(flow);
}

// Time to live, or hop limit.
std::uint8_t ttl_of(const decode::Decoded& decoded) {
  const std::size_t at = decoded.l3 + (decoded.ipv4 ? 8 : 7);
  return at < decoded.bytes.size() ? decoded.bytes[at] : std::uint8_t{0};
}

void see_ttl(std::uint8_t ttl, std::uint8_t& least, std::uint8_t& most) {
  least = least == 0 ? ttl : std::min(least, ttl);
  most = std::max(most, ttl);
}

bool is_icmp_error(const decode::Decoded& decoded) {
  if (decoded.proto != IPPROTO_ICMP || !decoded.ipv4) return false;
  constexpr std::uint8_t kUnreachable = 3, kQuench = 4, kRedirect = 5, kExceeded = 11,
                         kProblem = 12;
  const std::uint8_t type = decoded.icmp_type;
  return type == kUnreachable || type == kQuench || type == kRedirect || type == kExceeded ||
         type == kProblem;
}

}  // namespace

void fill_flow(Flow& flow, const Packet& packet, const decode::Decoded& decoded) {
  std::memcpy(flow.src.address.address_un_data8, decoded.src.data(), 16);
  std::memcpy(flow.dst.address.address_un_data8, decoded.dst.data(), 16);
  if (decoded.proto == IPPROTO_ESP) {
    flow.esp.spi = std::uint32_t{decoded.key.dp} << 16 | decoded.key.sp;
    flow.dp = decoded.key.dp;
  } else {
    flow.sp = decoded.sp;
    flow.dp = decoded.dp;
  }
  flow.proto = decoded.proto;
  flow.recursion_level = decoded.depth;
  std::copy(decoded.vlan.begin(), decoded.vlan.end(), flow.vlan_id);
  flow.vlan_idx = decoded.vlans;
  abi::in_flow().flow_hash(flow) = packet.flow_hash;
  std::memcpy(reinterpret_cast<char*>(&flow) + abi::in_flow().livedev,
              reinterpret_cast<const char*>(&packet) + abi::in_packet().livedev,
              abi::in_flow().livedev_size);
  abi::in_flow().flags(flow) = decoded.ipv6 ? FLOW_IPV6 : FLOW_IPV4;
  flow.min_ttl_toserver = flow.max_ttl_toserver = ttl_of(decoded);
  flow.startts = packet.ts;
  flow.protomap = map_of(flow.proto);
  set_state(flow, FLOW_STATE_NEW);
}

// Compares the source port, or the address if both ports are the same (T2).
bool is_to_server(const Flow& flow, const decode::Decoded& decoded) {
  const std::uint8_t proto = decoded.proto;
  const bool ports = proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
  if (!ports && proto != IPPROTO_ICMP && proto != IPPROTO_ICMPV6) return true;
  if (ports && decoded.sp != decoded.dp) return flow.sp == decoded.sp;
  return std::memcmp(flow.src.address.address_un_data8, decoded.src.data(), 16) == 0;
}

void count_packet(Flow& flow, Packet& packet, const decode::Decoded& decoded, int thread_id) {
  if (decoded.time > micros_of(abi::in_flow().lastts(flow)))
    abi::in_flow().lastts(flow) = packet.ts;
  const bool to_server = is_to_server(flow, decoded);
  const std::uint32_t seen = to_server ? FLOW_TO_DST_SEEN : FLOW_TO_SRC_SEEN;
  if (to_server) {
    ++flow.todstpktcnt;
    flow.todstbytecnt += decoded.bytes.size();
    see_ttl(ttl_of(decoded), flow.min_ttl_toserver, flow.max_ttl_toserver);
    packet.flowflags = FLOW_PKT_TOSERVER;
  } else {
    ++flow.tosrcpktcnt;
    flow.tosrcbytecnt += decoded.bytes.size();
    see_ttl(ttl_of(decoded), flow.min_ttl_toclient, flow.max_ttl_toclient);
    packet.flowflags = FLOW_PKT_TOCLIENT;
  }
  if ((abi::in_flow().flags(flow) & seen) == 0 && !is_icmp_error(decoded)) {
    abi::in_flow().flags(flow) |= seen;
    packet.flowflags |= to_server ? FLOW_PKT_TOSERVER_FIRST : FLOW_PKT_TOCLIENT_FIRST;
  }
  std::uint16_t& worker = flow.thread_id[to_server ? 0 : 1];
  if (worker == 0) worker = static_cast<std::uint16_t>(thread_id);

  constexpr std::uint64_t kBoth = FLOW_TO_DST_SEEN | FLOW_TO_SRC_SEEN;
  if (flow.proto != IPPROTO_TCP && (abi::in_flow().flags(flow) & kBoth) == kBoth)
    set_state(flow, FLOW_STATE_ESTABLISHED);
  // A closed conversation was established before.
  if (abi::in_flow().flow_state(flow) != FLOW_STATE_NEW) packet.flowflags |= FLOW_PKT_ESTABLISHED;
}

void set_state(Flow& flow, TcpSession::State state) {
  using State = TcpSession::State;
  switch (state) {
    case State::none:
    case State::syn_sent:
    case State::syn_received:
      return;
    case State::established:
    case State::fin_wait1:
    case State::fin_wait2:
    case State::close_wait:
    case State::closing:
      return set_state(flow, FLOW_STATE_ESTABLISHED);
    case State::time_wait:
    case State::last_ack:
    case State::closed:
      return set_state(flow, FLOW_STATE_CLOSED);
  }
}

TcpSegment segment_of(const decode::Decoded& decoded, bool to_server) {
  TcpSegment segment;
  segment.seq = decoded.tcp.seq;
  segment.ack = decoded.tcp.ack;
  segment.size = static_cast<std::uint32_t>(decoded.payload_size);
  segment.window = decoded.tcp.window;
  segment.flags = decoded.tcp.flags;
  segment.time = static_cast<std::uint32_t>(decoded.time / kMicroseconds);
  segment.to_server = to_server;
  constexpr std::size_t kFixed = 20;  // bytes of header before the options
  const std::size_t options = decoded.l4 + kFixed;
  const std::size_t end = std::min(decoded.payload, decoded.bytes.size());
  if (options < end)
    segment.options = read_tcp_options(decoded.bytes.subspan(options, end - options));
  return segment;
}

std::int64_t times_out_at(const Flow& flow) {
  return micros_of(abi::in_flow().lastts(flow)) +
         abi::in_flow().timeout_policy(flow) * kMicroseconds;
}

bool is_timed_out(const Flow& flow, std::int64_t now, bool emergency) {
  if (!emergency) return now >= times_out_at(flow);
  return now >= micros_of(abi::in_flow().lastts(flow)) + timeout_of(flow, true) * kMicroseconds;
}

// In whole seconds. As in Suricata, a time before the flow's last packet wraps around and counts as
// very long.
bool is_alive(const Flow& flow, std::int64_t now) {
  const std::uint64_t idle = static_cast<std::uint64_t>(now / kMicroseconds) -
                             static_cast<std::uint64_t>(abi::in_flow().lastts(flow).secs);
  switch (abi::in_flow().flow_state(flow)) {
    case FLOW_STATE_NEW:
      return idle <= 1;
    case FLOW_STATE_ESTABLISHED:
      return idle <= 5;
    case FLOW_STATE_CLOSED:
      return idle <= 3;
    default:
      return idle < 30;
  }
}

namespace {

void fill_ipv6(IPV6Vars& vars, const decode::Decoded& decoded) {
  constexpr std::size_t kHeader = 40;
  vars.l4proto = decoded.proto;
  if (decoded.l4 != decode::kNowhere)
    vars.exthdrs_len = static_cast<std::uint16_t>(decoded.l4 - decoded.l3 - kHeader);
}

std::uint32_t number_at(decode::Bytes bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = at; i < at + size; ++i) number = number << 8 | bytes[i];
  return number;
}

// As DecodeTCPOptions: the first option of a kind counts. `at`: its offset in the header.
void fill_option(TCPVars& vars, decode::Bytes option, std::size_t at) {
  constexpr std::uint8_t kMss = 2, kScale = 3, kSackAllowed = 4, kSack = 5, kTimestamp = 8,
                         kMd5 = 19, kAuthentication = 29, kMostScale = 14;
  const std::size_t size = option.size();
  const std::uint8_t kind = option[0];
  if (kind == kMss && size == 4 && vars.mss_set == 0) {
    vars.mss_set = 1;
    vars.mss = static_cast<std::uint16_t>(number_at(option, 2, 2));
  } else if (kind == kScale && size == 3 && vars.wscale_set == 0) {
    vars.wscale_set = 1;
    vars.wscale = option[2] <= kMostScale ? option[2] : std::uint8_t{0};
  } else if (kind == kSackAllowed && size == 2) {
    vars.sack_ok = 1;
  } else if (kind == kTimestamp && size == 10 && vars.ts_set == 0) {
    vars.ts_set = 1;
    vars.ts_val = number_at(option, 2, 4);
    vars.ts_ecr = number_at(option, 6, 4);
  } else if (kind == kSack && size >= 10 && size <= 34 && size % 8 == 2 && vars.sack_set == 0) {
    vars.sack_set = 1;
    vars.sack_cnt = static_cast<std::uint8_t>((size - 2) / 8);
    vars.sack_offset = static_cast<std::uint16_t>(at + 2);
  } else if (kind == kMd5 && size == 18) {
    vars.md5_option_present = 1;
  } else if (kind == kAuthentication && size >= 4) {
    vars.ao_option_present = 1;
  }
}

void fill_options(TCPVars& vars, decode::Bytes header) {
  constexpr std::size_t kFixed = 20;
  constexpr std::uint8_t kEnd = 0, kNothing = 1;
  for (std::size_t at = kFixed; at < header.size() && header[at] != kEnd;) {
    if (header[at] == kNothing) {
      ++at;
      continue;
    }
    const std::size_t left = header.size() - at;
    if (left < 2 || header[at + 1] < 2 || header[at + 1] > left) return;
    fill_option(vars, header.subspan(at, header[at + 1]), at);
    at += header[at + 1];
  }
}

bool is_query(std::uint8_t icmp_type) {
  return icmp_type == ICMP_ECHOREPLY || icmp_type == ICMP_ECHO ||
         (icmp_type >= 13 && icmp_type <= 18);
}

void fill_chunk(SCTPVars& vars, std::uint8_t type, std::size_t at, std::size_t size) {
  if (vars.tracked_chunk_cnt < SCTP_MAX_TRACKED_CHUNKS)
    vars.chunk_types[vars.tracked_chunk_cnt++] = type;
  ++vars.chunk_cnt;
  vars.has_init |= type == SCTP_CHUNK_TYPE_INIT;
  vars.has_init_ack |= type == SCTP_CHUNK_TYPE_INIT_ACK;
  vars.has_data |= type == SCTP_CHUNK_TYPE_DATA;
  vars.has_abort |= type == SCTP_CHUNK_TYPE_ABORT;
  if (type != SCTP_CHUNK_TYPE_DATA || size < SCTP_DATA_CHUNK_HDR_LEN ||
      vars.data_chunk_cnt == SCTP_MAX_DATA_CHUNKS)
    return;
  vars.data_offsets[vars.data_chunk_cnt] = static_cast<std::uint16_t>(at + SCTP_DATA_CHUNK_HDR_LEN);
  vars.data_lens[vars.data_chunk_cnt++] =
      static_cast<std::uint16_t>(size - SCTP_DATA_CHUNK_HDR_LEN);
}

// As DecodeSCTPChunks. `bytes` start at the header; the decoder has checked that all chunks fit.
void fill_chunks(SCTPVars& vars, decode::Bytes bytes) {
  std::size_t at = SCTP_HEADER_LEN;
  while (at + SCTP_CHUNK_HDR_LEN <= bytes.size()) {
    const std::size_t size = number_at(bytes, at + 2, 2);
    if (size < SCTP_CHUNK_HDR_LEN || size > bytes.size() - at) break;
    fill_chunk(vars, bytes[at], at, size);
    at += (size + 3) & ~std::size_t{3};
  }
  vars.hlen = static_cast<std::uint16_t>(std::min(at, bytes.size()));
}

// Fills the union of what decoders find in transport headers. Clearing TCP's clears the others:
// only 9.0's SCTP is larger, and 8.0's packets have no room for that.
void fill_transport(Packet& packet, const decode::Decoded& decoded) {
  packet.l4.vars.tcp = {};
  if (decoded.sctp_size > 0 && abi::host().decoding.sctp_chunks) {
    packet.l4.vars.sctp = {};
    fill_chunks(packet.l4.vars.sctp, decoded.bytes.subspan(decoded.l4, decoded.sctp_size));
    return;
  }
  if (decoded.l4 >= decoded.payload || decoded.payload > decoded.bytes.size()) return;
  const decode::Bytes header = decoded.bytes.subspan(decoded.l4, decoded.payload - decoded.l4);
  constexpr std::size_t kIcmp = 8;
  if (decoded.proto == IPPROTO_TCP) {
    fill_options(packet.l4.vars.tcp, header);
  } else if (decoded.proto == IPPROTO_ICMP && decoded.ipv4 && header.size() >= kIcmp) {
    ICMPV4Vars& vars = packet.l4.vars.icmpv4;
    vars.hlen = static_cast<std::uint16_t>(header.size());
    if (!is_query(decoded.icmp_type)) return;
    std::memcpy(&vars.id, header.data() + 4, 2);
    std::memcpy(&vars.seq, header.data() + 6, 2);
  } else if (decoded.proto == IPPROTO_ICMPV6 && header.size() >= kIcmp) {
    const bool is_echo =
        decoded.icmp_type == ICMP6_ECHO_REQUEST || decoded.icmp_type == ICMP6_ECHO_REPLY;
    if (!is_echo || decoded.icmp_code != 0) return;
    std::memcpy(&packet.l4.vars.icmpv6.id, header.data() + 4, 2);
    std::memcpy(&packet.l4.vars.icmpv6.seq, header.data() + 6, 2);
  }
}

}  // namespace

void fill_packet(Packet& packet, const decode::Decoded& decoded, std::uint32_t hash) {
  const int family = decoded.ipv6 ? AF_INET6 : decoded.ipv4 ? AF_INET : 0;
  packet.src.family = packet.dst.family = static_cast<char>(family);
  std::memcpy(packet.src.address.address_un_data8, decoded.src.data(), 16);
  std::memcpy(packet.dst.address.address_un_data8, decoded.dst.data(), 16);
  packet.sp = decoded.sp;
  packet.dp = decoded.dp;
  packet.proto = decoded.proto;
  packet.recursion_level = decoded.depth;
  std::copy(decoded.vlan.begin(), decoded.vlan.end(), packet.vlan_id);
  packet.vlan_idx = decoded.vlans;
  packet.flowflags = 0;
  packet.flags = (packet.flags & (PKT_IGNORE_CHECKSUM | PKT_ZERO_COPY)) |
                 (decoded.rule == decode::FlowRule::none ? 0u : PKT_WANTS_FLOW) |
                 (decoded.invalid ? PKT_IS_INVALID : 0u);
  packet.flow = nullptr;
  packet.flow_hash = hash;
  packet.ts = time_of(decoded.time);
  // Suricata's pointers are not const. A plugin that writes to the bytes changes a copy.
  auto* const bytes = const_cast<std::uint8_t*>(decoded.bytes.data());
  const auto at = [bytes](std::size_t place) {
    return place == decode::kNowhere ? nullptr : bytes + place;
  };
  packet.l2.type = decoded.l2 == decode::kNowhere ? PACKET_L2_UNKNOWN : PACKET_L2_ETHERNET;
  packet.l2.hdrs.ethh = reinterpret_cast<EthernetHdr*>(at(decoded.l2));
  packet.l3.type = decoded.ipv4   ? PACKET_L3_IPV4
                   : decoded.ipv6 ? PACKET_L3_IPV6
                   : decoded.arp  ? PACKET_L3_ARP
                                  : PACKET_L3_UNKNOWN;
  const bool has_l3 = packet.l3.type != PACKET_L3_UNKNOWN;
  packet.l3.hdrs.ip4h = reinterpret_cast<IPV4Hdr*>(has_l3 ? at(decoded.l3) : nullptr);
  packet.l3.vars.ip6.v = {};
  if (decoded.ipv6) fill_ipv6(packet.l3.vars.ip6.v, decoded);
  fill_transport(packet, decoded);
  set_bytes(packet, {.all = {bytes, decoded.bytes.size()},
                     .l4 = at(decoded.l4),
                     .payload = {at(decoded.payload), decoded.payload_size}});
}

void fill_capture(Packet& packet, const decode::Decoded& decoded, std::uint64_t record) {
  const abi::PacketLayout& in = abi::in_packet();
  in.datalink(packet) = decoded.datalink;
  in.pkt_src(packet) = source_of(decoded.origin);
  in.pcap_cnt(packet) = decoded.is_derived() ? 0 : record;
}

std::uint8_t source_of(decode::Origin origin) {
  using decode::Origin;
  switch (origin) {
    case Origin::record:
      return PKT_SRC_WIRE;
    case Origin::gre:
      return PKT_SRC_DECODER_GRE;
    case Origin::ipv4:
      return PKT_SRC_DECODER_IPV4;
    case Origin::ipv6:
      return PKT_SRC_DECODER_IPV6;
    case Origin::teredo:
      return PKT_SRC_DECODER_TEREDO;
    case Origin::defrag:
      return PKT_SRC_DEFRAG;
    case Origin::vxlan:
      return PKT_SRC_DECODER_VXLAN;
    case Origin::geneve:
      return PKT_SRC_DECODER_GENEVE;
  }
  return PKT_SRC_WIRE;
}

}  // namespace surisim::engine
