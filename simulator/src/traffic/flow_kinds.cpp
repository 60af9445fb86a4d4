// Makes sure that generated traffic has at least one of everything that has a share above 0: if the
// dice give none, a flow is chosen to be one, provided that there are enough flows.
#include <netinet/in.h>

#include <algorithm>
#include <array>

#include "traffic/flow_generator.hpp"

namespace surisim::engine {

namespace {

// The kinds, in the order in which flows are chosen for missing ones: ends come first because some
// of them force the protocol.
enum Kind : std::uint32_t {
  kByRecycler = 1U << 0,
  kByPressure = 1U << 1,
  kInBucket = 1U << 2,
  kByReuse = 1U << 3,
  kByHandingBack = 1U << 4,
  kOfTcp = 1U << 5,
  kOfUdp = 1U << 6,
  kOfIcmp = 1U << 7,
  kOfIpv4 = 1U << 8,
  kOfIpv6 = 1U << 9,
  kWithIcmpError = 1U << 10,
  kWithoutFlow = 1U << 11,
  kWithAlert = 1U << 12,
};
constexpr std::uint32_t kKinds = 13;

std::uint32_t kind_of(End end) {
  switch (end) {
    case End::recycler:
      return kByRecycler;
    case End::pressure:
      return kByPressure;
    case End::bucket:
      return kInBucket;
    case End::reuse:
      return kByReuse;
    case End::handed_back:
      return kByHandingBack;
    default:
      return 0;
  }
}

std::uint32_t kind_if(bool is, std::uint32_t kind) { return is ? kind : 0U; }

}  // namespace

FlowGenerator::Kinds FlowGenerator::promised() const {
  const TrafficOptions& o = options_;
  const bool no_data = o.exact_packets && o.packets_per_flow < kWithData;
  const bool errors = o.icmp_errors > 0 && o.udp > 0 && o.ipv6 < 1 && o.packets_per_flow > 1;
  return kind_if(o.ends.recycler > 0, kByRecycler) | kind_if(o.ends.pressure > 0, kByPressure) |
         kind_if(o.ends.bucket > 0, kInBucket) | kind_if(o.ends.reuse > 0, kByReuse) |
         kind_if(o.ends.handed_back > 0 && !no_data, kByHandingBack) |
         kind_if(o.udp + o.icmp < 1, kOfTcp) | kind_if(o.udp > 0, kOfUdp) |
         kind_if(o.icmp > 0, kOfIcmp) | kind_if(o.ipv6 < 1, kOfIpv4) |
         kind_if(o.ipv6 > 0, kOfIpv6) | kind_if(errors, kWithIcmpError) |
         kind_if(o.no_flow > 0, kWithoutFlow) | kind_if(o.alerts > 0, kWithAlert);
}

FlowGenerator::Kinds FlowGenerator::kinds_of(const FlowSpec& spec) const {
  constexpr std::uint32_t kMostPackets = 64;  // of a long flow the first ones are enough
  const auto no_flow_below = static_cast<std::uint64_t>(options_.no_flow * 0x1.0p53);
  Kinds kinds = kind_of(spec.end) | (spec.ipv6 ? kOfIpv6 : kOfIpv4) |
                (spec.proto == IPPROTO_TCP   ? kOfTcp
                 : spec.proto == IPPROTO_UDP ? kOfUdp
                                             : kOfIcmp) |
                kind_if(spec.icmp_error, kWithIcmpError) | kind_if(spec.no_flow, kWithoutFlow) |
                kind_if(spec.alert, kWithAlert);
  for (std::uint32_t packet = 0; packet < std::min(spec.packets, kMostPackets); ++packet) {
    kinds |= kind_if((roll(spec.dice, kPacket + packet) >> 11) < no_flow_below, kWithoutFlow) |
             kind_if(raises_alert(options_.alerts, spec.dice, packet), kWithAlert);
  }
  return kinds;
}

FlowGenerator::Chosen FlowGenerator::chosen_for(Kinds kind) {
  constexpr std::array kEndKinds = {End::recycler, End::pressure, End::bucket, End::reuse,
                                    End::handed_back};
  Chosen chosen;
  for (const End end : kEndKinds) {
    if (kind == kind_of(end)) chosen.end = end;
  }
  if (kind == kOfTcp) chosen.proto = IPPROTO_TCP;
  if (kind == kOfUdp || kind == kWithIcmpError) chosen.proto = IPPROTO_UDP;
  if (kind == kOfIcmp) chosen.proto = IPPROTO_ICMP;
  if (kind == kOfIpv4 || kind == kWithIcmpError) chosen.ipv6 = false;
  if (kind == kOfIpv6) chosen.ipv6 = true;
  chosen.icmp_error = kind == kWithIcmpError;
  chosen.no_flow = kind == kWithoutFlow;
  chosen.alert = kind == kWithAlert;
  return chosen;
}

void FlowGenerator::choose_missing() {
  constexpr std::uint64_t kMostFlows = 4096;  // the first ones, which usually have every kind
  constexpr std::uint64_t kFewestFlows = 64;  // fewer cannot have every kind
  const std::uint64_t flows = std::min(options_.flows, kMostFlows);
  if (flows < kFewestFlows) return;
  const Kinds wanted = promised();
  std::vector<std::uint64_t> counts(kKinds);  // of flows
  Kinds seen = 0;
  for (std::uint64_t index = 0; index < flows && (seen & wanted) != wanted; ++index) {
    const Kinds kinds = kinds_of(spec_of(index));
    seen |= kinds;
    for (std::uint32_t kind = 0; kind < kKinds; ++kind) counts[kind] += kinds >> kind & 1U;
  }
  for (std::uint32_t kind = 0; kind < kKinds; ++kind) {
    if ((wanted >> kind & 1U) == 0 || counts[kind] > 0) continue;
    for (std::uint64_t index = 0; index < flows; ++index) {
      if (choose(index, 1U << kind, counts)) break;
    }
  }
}

bool FlowGenerator::choose(std::uint64_t index, Kinds kind, std::vector<std::uint64_t>& counts) {
  if (chosen(index) != nullptr || is_successor(index)) return false;
  const bool reuse = kind == kByReuse;
  // The next flow takes over the addresses, so this one must not be left open.
  if (reuse &&
      (index % 2 != 0 || index + 1 + left_open_ >= options_.flows || chosen(index + 1) != nullptr))
    return false;
  const std::uint64_t end = std::min(index + 2, options_.flows);
  std::vector<std::uint64_t> after = counts;
  for (std::uint64_t one = index; one < end; ++one) {
    const Kinds kinds = kinds_of(spec_of(one));
    for (std::uint32_t at = 0; at < kKinds; ++at) after[at] -= kinds >> at & 1U;
  }
  chosen_[index] = chosen_for(kind);
  for (std::uint64_t one = index; one < end; ++one) {
    const Kinds kinds = kinds_of(spec_of(one));
    for (std::uint32_t at = 0; at < kKinds; ++at) after[at] += kinds >> at & 1U;
  }
  bool keeps_others = (kinds_of(spec_of(index)) & kind) != 0;
  for (std::uint32_t at = 0; at < kKinds; ++at)
    keeps_others = keeps_others && (after[at] > 0 || counts[at] == 0);
  if (keeps_others) {
    counts = after;
  } else {
    chosen_.erase(index);
  }
  return keeps_others;
}

}  // namespace surisim::engine
