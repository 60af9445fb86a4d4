// Builds EVE records, on the thread that logs, with the record's flow locked.
#include "outputs/eve.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "abi/eve_header.hpp"
#include "abi/host.hpp"
#include "threads/flow_pool.hpp"

namespace surisim::engine {

using abi::EveTuple;
using abi::iso_time;

namespace {

void set(SCJsonBuilder* record, const char* key, const std::string& value) {
  abi::set_text(record, key, value);
}

EveTuple reversed(const EveTuple& tuple) {
  return {tuple.dst, tuple.src, tuple.dp, tuple.sp, tuple.proto};
}

// From client to server, even if the flow's direction was reversed.
EveTuple tuple_of(const Flow& flow, bool compress) {
  const bool ipv6 = (abi::in_flow().flags(flow) & FLOW_IPV6) != 0;
  const bool reversed = (abi::in_flow().flags(flow) & FLOW_DIR_REVERSED) != 0;
  const FlowAddress& src = reversed ? flow.dst : flow.src;
  const FlowAddress& dst = reversed ? flow.src : flow.dst;
  return {abi::address_text(src.address.address_un_data8, ipv6, compress),
          abi::address_text(dst.address.address_un_data8, ipv6, compress),
          reversed ? flow.dp : flow.sp, reversed ? flow.sp : flow.dp, flow.proto};
}

void set_icmp(SCJsonBuilder* record, const Flow& flow) {
  if (flow.proto != IPPROTO_ICMP && flow.proto != IPPROTO_ICMPV6) return;
  SCJbSetUint(record, "icmp_type", flow.icmp_s.type);
  SCJbSetUint(record, "icmp_code", flow.icmp_s.code);
  if (flow.tosrcpktcnt == 0) return;
  SCJbSetUint(record, "response_icmp_type", flow.icmp_d.type);
  SCJbSetUint(record, "response_icmp_code", flow.icmp_d.code);
}

void set_counts(SCJsonBuilder* record, const Flow& flow) {
  SCJbSetUint(record, "pkts_toserver", flow.todstpktcnt);
  SCJbSetUint(record, "pkts_toclient", flow.tosrcpktcnt);
  SCJbSetUint(record, "bytes_toserver", flow.todstbytecnt);
  SCJbSetUint(record, "bytes_toclient", flow.tosrcbytecnt);
  set(record, "start", iso_time(flow.startts));
}

const char* state_of(const Flow& flow) {
  return abi::in_flow().flow_state(flow) == FLOW_STATE_ESTABLISHED      ? "established"
         : abi::in_flow().flow_state(flow) == FLOW_STATE_CLOSED         ? "closed"
         : abi::in_flow().flow_state(flow) == FLOW_STATE_LOCAL_BYPASSED ? "bypassed"
                                                                        : "new";
}

const char* reason_of(const Flow& flow) {
  if ((flow.flow_end_flags & FLOW_END_FLAG_TCPREUSE) != 0) return "tcp_reuse";
  if ((flow.flow_end_flags & FLOW_END_FLAG_FORCED) != 0) return "forced";
  if ((flow.flow_end_flags & FLOW_END_FLAG_SHUTDOWN) != 0) return "shutdown";
  if ((flow.flow_end_flags & FLOW_END_FLAG_TIMEOUT) != 0) return "timeout";
  return "unknown";
}

void set_app_proto(SCJsonBuilder* record, const Flow& flow) {
  if (flow.alproto != ALPROTO_UNKNOWN)
    SCJbSetString(record, "app_proto", AppProtoToString(flow.alproto));
}

void set_flags(SCJsonBuilder* record, const char* key, unsigned flags) {
  set(record, key, fmt::format("{:02x}", flags));
}

// In the order of EveTcpFlags.
void set_tcp_flags(SCJsonBuilder* record, unsigned flags) {
  static constexpr std::pair<unsigned, const char*> kFlags[] = {
      {0x02, "syn"}, {0x01, "fin"}, {0x04, "rst"}, {0x08, "psh"},
      {0x10, "ack"}, {0x20, "urg"}, {0x40, "ecn"}, {0x80, "cwr"}};
  for (const auto& [flag, name] : kFlags) {
    if ((flags & flag) != 0) SCJbSetBool(record, name, true);
  }
}

// The members that a flow's record begins with; `addresses`: in the record's direction.
void begin(SCJsonBuilder* record, const Flow& flow, const char* type, const EveTuple& addresses) {
  const std::int64_t ended_at = side_of(&flow)->ended_at;
  set(record, "timestamp",
      iso_time(ended_at == 0 ? abi::in_flow().lastts(flow) : time_of(ended_at)));
  CreateEveFlowId(record, &flow);
  abi::set_device(record, reinterpret_cast<const char*>(&flow) + abi::in_flow().livedev);
  SCJbSetString(record, "event_type", type);
  abi::set_vlan(record, flow.vlan_id, flow.vlan_idx);
  abi::set_addresses(record, addresses);
}

void set_times(SCJsonBuilder* record, const Flow& flow) {
  set(record, "end", iso_time(abi::in_flow().lastts(flow)));
  SCJbSetUint(record, "age",
              static_cast<std::uint64_t>(abi::in_flow().lastts(flow).secs - flow.startts.secs));
}

// The TCP session's flags and state; without a session the flags are "00" and there is no state.
void set_tcp(SCJsonBuilder* record, const TcpSeen& tcp) {
  static constexpr std::array kStates = {"none",       "syn_sent",  "syn_recv",  "established",
                                         "fin_wait1",  "fin_wait2", "time_wait", "last_ack",
                                         "close_wait", "closing",   "closed"};
  const unsigned flags = tcp.flags_ts | tcp.flags_tc;
  SCJbOpenObject(record, "tcp");
  set_flags(record, "tcp_flags", flags);
  set_flags(record, "tcp_flags_ts", tcp.flags_ts);
  set_flags(record, "tcp_flags_tc", tcp.flags_tc);
  set_tcp_flags(record, flags);
  if (flags != 0) {
    SCJbSetString(record, "state", kStates[tcp.state]);
    SCJbSetUint(record, "ts_max_regions", 1);  // more would need reassembled data with gaps
    SCJbSetUint(record, "tc_max_regions", 1);
  }
  SCJbClose(record);
}

}  // namespace

EveRecord flow_record(const Flow& flow, const OutputJsonCtx* output) {
  EveRecord owner(SCJbNewObject());
  SCJsonBuilder* const record = owner.get();
  if (record == nullptr) return owner;
  begin(record, flow, "flow", tuple_of(flow, abi::compresses_ipv6(output)));
  SCJbSetUint(record, "ip_v", (abi::in_flow().flags(flow) & FLOW_IPV6) != 0 ? 6 : 4);
  set(record, "proto", abi::proto_name(flow.proto));
  set_icmp(record, flow);
  if (flow.proto == IPPROTO_ESP) SCJbSetUint(record, "spi", flow.esp.spi);
  set_app_proto(record, flow);
  SCJbOpenObject(record, "flow");
  set_counts(record, flow);
  set_times(record, flow);
  if ((flow.flow_end_flags & FLOW_END_FLAG_EMERGENCY) != 0) SCJbSetBool(record, "emergency", true);
  SCJbSetString(record, "state", state_of(flow));
  if (abi::in_flow().flow_state(flow) == FLOW_STATE_LOCAL_BYPASSED)
    SCJbSetString(record, "bypass", "local");
  SCJbSetString(record, "reason", reason_of(flow));
  SCJbSetBool(record, "alerted", false);
  SCJbClose(record);
  abi::add_options(output, nullptr, &flow, record, LOG_DIR_FLOW);
  if (flow.proto == IPPROTO_TCP) set_tcp(record, side_of(&flow)->tcp);
  return owner;
}

EveRecord netflow_record(const Flow& flow, const OutputJsonCtx* output, bool to_server) {
  EveRecord owner(SCJbNewObject());
  SCJsonBuilder* const record = owner.get();
  if (record == nullptr) return owner;
  const EveTuple addresses = tuple_of(flow, abi::compresses_ipv6(output));
  begin(record, flow, "netflow", to_server ? addresses : reversed(addresses));
  set(record, "proto", abi::proto_name(flow.proto));
  if (flow.proto == IPPROTO_ICMP || flow.proto == IPPROTO_ICMPV6) {
    SCJbSetUint(record, "icmp_type", to_server ? flow.icmp_s.type : flow.icmp_d.type);
    SCJbSetUint(record, "icmp_code", to_server ? flow.icmp_s.code : flow.icmp_d.code);
  }
  if (flow.proto == IPPROTO_ESP) SCJbSetUint(record, "spi", flow.esp.spi);
  SCJbSetString(record, "app_proto", AppProtoToString(flow.alproto));
  SCJbOpenObject(record, "netflow");
  SCJbSetUint(record, "pkts", to_server ? flow.todstpktcnt : flow.tosrcpktcnt);
  SCJbSetUint(record, "bytes", to_server ? flow.todstbytecnt : flow.tosrcbytecnt);
  set(record, "start", iso_time(flow.startts));
  set_times(record, flow);
  SCJbSetUint(record, "min_ttl", to_server ? flow.min_ttl_toserver : flow.min_ttl_toclient);
  SCJbSetUint(record, "max_ttl", to_server ? flow.max_ttl_toserver : flow.max_ttl_toclient);
  SCJbClose(record);
  if (flow.proto == IPPROTO_TCP) {
    const TcpSeen& tcp = side_of(&flow)->tcp;
    const unsigned flags = to_server ? tcp.flags_ts : tcp.flags_tc;
    SCJbOpenObject(record, "tcp");
    set_flags(record, "tcp_flags", flags);
    set_tcp_flags(record, flags);
    SCJbClose(record);
  }
  abi::add_options(output, nullptr, &flow, record,
                   to_server ? LOG_DIR_FLOW_TOSERVER : LOG_DIR_FLOW_TOCLIENT);
  return owner;
}

EveRecord alert_record(const Packet& packet, const OutputJsonCtx* output) {
  EveRecord owner(abi::packet_header(packet, LOG_DIR_PACKET, "alert", nullptr, output));
  SCJsonBuilder* const record = owner.get();
  if (record == nullptr) return owner;
  SCJbOpenObject(record, "alert");
  SCJbSetString(record, "action", "allowed");
  SCJbSetUint(record, "gid", 1);
  SCJbSetUint(record, "signature_id", 1);
  SCJbSetUint(record, "rev", 1);
  SCJbSetString(record, "signature", "generated by surisim");
  SCJbSetString(record, "category", "");
  SCJbSetUint(record, "severity", 3);
  SCJbClose(record);
  set_app_proto(record, *packet.flow);
  const bool to_server = (packet.flowflags & FLOW_PKT_TOSERVER) != 0;
  SCJbSetString(record, "direction", to_server ? "to_server" : "to_client");
  SCJbOpenObject(record, "flow");
  set_counts(record, *packet.flow);
  const EveTuple tuple = abi::tuple_of(packet, abi::compresses_ipv6(output));
  const EveTuple ends = to_server ? tuple : reversed(tuple);
  set(record, "src_ip", ends.src);
  set(record, "dest_ip", ends.dst);
  if (abi::has_ports(ends.proto)) {
    SCJbSetUint(record, "src_port", ends.sp);
    SCJbSetUint(record, "dest_port", ends.dp);
  }
  SCJbClose(record);
  return owner;
}

EveRecord anomaly_record(const Packet& packet, const OutputJsonCtx* output) {
  EveRecord owner(abi::packet_header(packet, LOG_DIR_PACKET, "anomaly", nullptr, output));
  if (owner == nullptr) return owner;
  SCJbOpenObject(owner.get(), "anomaly");
  SCJbSetString(owner.get(), "type", "decode");
  SCJbSetString(owner.get(), "event", "generated by surisim: no flow for this packet");
  SCJbClose(owner.get());
  return owner;
}

namespace {

using Values = std::map<std::string, std::int64_t>;

// Writes the counters from `begin` to `end`. A dot in a name makes an object, as in Suricata:
// "app.requests" becomes requests in app. `depth`: length of the part of the names that the
// enclosing objects stand for.
void write_counters(SCJsonBuilder* builder, Values::const_iterator begin,
                    Values::const_iterator end, std::size_t depth) {
  while (begin != end) {
    const std::string_view rest = std::string_view(begin->first).substr(depth);
    const std::size_t dot = rest.find('.');
    if (dot == std::string_view::npos) {
      SCJbSetInt(builder, std::string(rest).c_str(), begin->second);
      ++begin;
      continue;
    }
    const std::string_view object = rest.substr(0, dot + 1);
    const auto other = std::find_if(begin, end, [&](const auto& one) {
      return !std::string_view(one.first).substr(depth).starts_with(object);
    });
    SCJbOpenObject(builder, std::string(object.substr(0, dot)).c_str());
    write_counters(builder, begin, other, depth + dot + 1);
    SCJbClose(builder);
    begin = other;
  }
}

}  // namespace

EveRecord stats_record(SCTime_t now, std::uint64_t uptime,
                       const std::vector<CounterInfo>& counters) {
  EveRecord owner(SCJbNewObject());
  if (owner == nullptr) return owner;
  set(owner.get(), "timestamp", iso_time(now));
  SCJbSetString(owner.get(), "event_type", "stats");
  SCJbOpenObject(owner.get(), "stats");
  SCJbSetUint(owner.get(), "uptime", uptime);
  Values values;
  for (const CounterInfo& one : counters) values.emplace(one.name, one.value);
  write_counters(owner.get(), values.begin(), values.end(), 0);
  SCJbClose(owner.get());
  return owner;
}

}  // namespace surisim::engine
