// Fills Suricata's Flow from a decoded packet, as its flow engine would; and the hash table that
// finds a packet's flow, with linear probing.
#include "capture/captured_flow.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "abi/host.hpp"
#include "threads/flow_pool.hpp"

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

// Seconds (T12).
std::uint32_t timeout_of(const Flow& flow) {
  switch (abi::in_flow().flow_state(flow)) {
    case FLOW_STATE_ESTABLISHED:
      return 300;
    case FLOW_STATE_CLOSED:
      return flow.protomap == kMapTcp ? 10 : 0;
    default:
      return 30;
  }
}

// Source: flow-private.h (FLOW_…_EMERG_…_TIMEOUT).
std::uint32_t emergency_timeout_of(const Flow& flow) {
  switch (abi::in_flow().flow_state(flow)) {
    case FLOW_STATE_ESTABLISHED:
      return 100;
    case FLOW_STATE_CLOSED:
      return flow.protomap == kMapTcp ? 5 : 0;
    default:
      return 10;
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

// Compares the source port, or where the ports are the same, the address (T2).
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
  return now >= micros_of(abi::in_flow().lastts(flow)) + emergency_timeout_of(flow) * kMicroseconds;
}

// By whole seconds. A time before the flow's last packet is far away, as in Suricata.
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

constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;  // 2^64 divided by the golden ratio
constexpr unsigned kFirstBits = 10;

std::uint64_t mix_bits(std::uint64_t x) {
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
  return x ^ (x >> 32);
}

std::uint64_t end_of(const std::array<std::uint8_t, 16>& address, std::uint16_t port) {
  std::uint64_t words[2];
  std::memcpy(words, address.data(), sizeof words);
  return mix_bits(words[0] * kOdd + words[1] + port);
}

bool same_flow(const decode::FlowKey& a, const decode::FlowKey& b, bool one_way) {
  if (a.proto != b.proto || a.depth != b.depth || a.ipv6 != b.ipv6 || a.vlan != b.vlan)
    return false;
  if (a.sp == b.sp && a.dp == b.dp && a.src == b.src && a.dst == b.dst) return true;
  return !one_way && a.sp == b.dp && a.dp == b.sp && a.src == b.dst && a.dst == b.src;
}

}  // namespace

std::uint32_t hash_of(const decode::FlowKey& key) {
  const std::uint64_t rest = std::uint64_t{key.proto} << 56 | std::uint64_t{key.depth} << 48 |
                             std::uint64_t{key.vlan[0]} << 32 | std::uint64_t{key.vlan[1]} << 16 |
                             key.vlan[2];
  const std::uint64_t ends = end_of(key.src, key.sp) + end_of(key.dst, key.dp);
  return static_cast<std::uint32_t>(mix_bits(ends + rest * kOdd) >> 16);
}

bool shares_row(const decode::FlowKey& key) {
  return !key.ipv6 && key.proto != IPPROTO_TCP && key.proto != IPPROTO_UDP;
}

std::uint32_t row_of(const decode::FlowKey& key) {
  if (!shares_row(key)) return hash_of(key);
  decode::FlowKey without_ports = key;
  without_ports.sp = without_ports.dp = 0;
  return hash_of(without_ports);
}

FlowTable::FlowTable() : slots_(std::size_t{1} << kFirstBits), shift_(64 - kFirstBits) {}

// All flows of a worker have the same low bits of the hash, which picked the worker.
std::size_t FlowTable::home_of(std::uint32_t hash) const {
  return static_cast<std::size_t>((hash * kOdd) >> shift_);
}

TrackedFlow* FlowTable::find(const decode::FlowKey& key, std::uint32_t hash, bool one_way) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = home_of(hash); slots_[at].entry != nullptr; at = (at + 1) & mask) {
    if (slots_[at].hash == hash && same_flow(slots_[at].entry->key, key, one_way))
      return slots_[at].entry;
  }
  return nullptr;
}

void FlowTable::place(Slot slot) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = home_of(slot.hash);
  while (slots_[at].entry != nullptr) at = (at + 1) & mask;
  slots_[at] = slot;
}

void FlowTable::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  --shift_;
  for (const Slot& slot : old) {
    if (slot.entry != nullptr) place(slot);
  }
}

TrackedFlow& FlowTable::insert(const decode::FlowKey& key, std::uint32_t hash, Flow* flow) {
  if (2 * (size_ + 1) > slots_.size()) grow();
  TrackedFlow* entry = nullptr;
  if (spare_.empty()) {
    entry = &entries_.emplace_back();
  } else {
    entry = spare_.back();
    spare_.pop_back();
  }
  *entry = {key, hash, flow, {}};
  place({entry, hash});
  ++size_;
  return *entry;
}

// Entries after the gap move up, so that no search ends early.
void FlowTable::erase(TrackedFlow* entry) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t gap = home_of(entry->hash);
  while (slots_[gap].entry != entry) gap = (gap + 1) & mask;
  for (std::size_t at = (gap + 1) & mask; slots_[at].entry != nullptr; at = (at + 1) & mask) {
    const std::size_t home = home_of(slots_[at].hash);
    if (((at - home) & mask) < ((at - gap) & mask)) continue;  // its home comes after the gap
    slots_[gap] = slots_[at];
    gap = at;
  }
  slots_[gap] = {};
  spare_.push_back(entry);
  --size_;
}

}  // namespace surisim::engine
