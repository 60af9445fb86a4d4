// Writes the first fields of EVE records for packets; packet time. Source: output-json.c,
// util-time.c.
#include "abi/eve_header.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <suricata/output-json.h>
#include <suricata/rust-bindings.h>

#include <cstdio>
#include <ctime>
#include <iterator>
#include <utility>

#include "abi/capture_plugins.hpp"
#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"

namespace surisim::abi {

namespace {

// From the flow's start time and hash, in 51 bits, which JavaScript's numbers can hold.
std::uint64_t flow_id(const Flow& flow) {
  const std::uint64_t secs = flow.startts.secs & 0xffff;
  const std::uint64_t usecs = flow.startts.usecs & 0xffff;
  return (secs << 48 | usecs << 32 | in_flow().flow_hash(flow)) & 0x7ffffffffffffULL;
}

}  // namespace

std::string iso_time(SCTime_t time) {
  const auto seconds = static_cast<std::time_t>(time.secs);
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return "ts-error";
  char date[64];
  char zone[8];
  if (std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &local) == 0 ||
      std::strftime(zone, sizeof zone, "%z", &local) == 0)
    return "ts-error";
  return fmt::format("{}.{:06}{}", date, static_cast<std::uint32_t>(time.usecs), zone);
}

std::string address_text(const std::uint8_t* bytes, bool ipv6, bool compress) {
  if (!ipv6) return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
  char compressed[INET6_ADDRSTRLEN];
  if (compress && inet_ntop(AF_INET6, bytes, compressed, sizeof compressed) != nullptr)
    return compressed;
  std::string text;
  for (int i = 0; i < 16; i += 2) {
    fmt::format_to(std::back_inserter(text), "{}{:02x}{:02x}", i == 0 ? "" : ":", bytes[i],
                   bytes[i + 1]);
  }
  return text;
}

std::string proto_name(std::uint8_t proto) {
  static constexpr std::pair<int, const char*> kNames[] = {
      {IPPROTO_TCP, "TCP"},          {IPPROTO_UDP, "UDP"},       {IPPROTO_ICMP, "ICMP"},
      {IPPROTO_ICMPV6, "IPv6-ICMP"}, {IPPROTO_SCTP, "SCTP"},     {IPPROTO_ESP, "ESP"},
      {IPPROTO_GRE, "GRE"},          {IPPROTO_IPIP, "IP-in-IP"}, {IPPROTO_IPV6, "IPv6"}};
  for (const auto& [number, name] : kNames)
    if (number == proto) return name;
  return std::to_string(proto);
}

bool has_ports(std::uint8_t proto) {
  return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

EveTuple tuple_of(const Packet& packet, bool compress) {
  const bool ipv6 = PacketIsIPv6(&packet);
  return {address_text(packet.src.address.address_un_data8, ipv6, compress),
          address_text(packet.dst.address.address_un_data8, ipv6, compress), packet.sp, packet.dp,
          packet.proto};
}

bool compresses_ipv6(const OutputJsonCtx* output) {
  return output != nullptr && host().layout.eve.compresses_ipv6(output->cfg);
}

void set_text(SCJsonBuilder* record, const char* key, const std::string& value) {
  SCJbSetString(record, key, value.c_str());
}

void set_addresses(SCJsonBuilder* record, const EveTuple& tuple) {
  set_text(record, "src_ip", tuple.src);
  if (has_ports(tuple.proto)) SCJbSetUint(record, "src_port", tuple.sp);
  set_text(record, "dest_ip", tuple.dst);
  if (has_ports(tuple.proto)) SCJbSetUint(record, "dest_port", tuple.dp);
}

void set_vlan(SCJsonBuilder* record, const std::uint16_t* ids, std::uint8_t count) {
  if (count == 0) return;
  SCJbOpenArray(record, "vlan");
  for (std::uint8_t i = 0; i < count; ++i) SCJbAppendUint(record, ids[i]);
  SCJbClose(record);
}

void set_device(SCJsonBuilder* record, const void* livedev) {
  if (const LiveDevice_* const device = device_at(livedev)) {
    set_text(record, "in_iface", device->name);
  } else if (!state().iface.empty()) {
    set_text(record, "in_iface", state().iface);
  }
}

namespace {

// The tuple in the requested direction (JsonAddrInfoInit).
EveTuple in_direction(EveTuple tuple, const Packet& packet, SCOutputJsonLogDirection dir) {
  const bool to_server = (packet.flowflags & FLOW_PKT_TOSERVER) != 0;
  const bool reversed =
      dir == LOG_DIR_FLOW_TOCLIENT ? to_server : dir != LOG_DIR_PACKET && !to_server;
  if (!reversed) return tuple;
  std::swap(tuple.src, tuple.dst);
  std::swap(tuple.sp, tuple.dp);
  return tuple;
}

void set_given(SCJsonBuilder* record, const JsonAddrInfo& given) {
  const auto set = [&](const char* key, const char* text) {
    if (*text != '\0') SCJbSetString(record, key, text);
  };
  set("src_ip", given.src_ip);
  if (given.log_port) SCJbSetUint(record, "src_port", given.sp);
  set("dest_ip", given.dst_ip);
  if (given.log_port) SCJbSetUint(record, "dest_port", given.dp);
  set("proto", given.proto);
}

void set_tuple(SCJsonBuilder* record, const Packet& packet, SCOutputJsonLogDirection dir,
               const OutputJsonCtx* output) {
  if (!PacketIsIPv6(&packet) && !PacketIsIPv4(&packet)) return;
  const EveTuple tuple = in_direction(tuple_of(packet, compresses_ipv6(output)), packet, dir);
  set_addresses(record, tuple);
  set_text(record, "proto", proto_name(tuple.proto));
}

void set_icmp(SCJsonBuilder* record, const Packet& packet) {
  if (!PacketIsICMPv4(&packet) && !PacketIsICMPv6(&packet)) return;
  const auto* const header = reinterpret_cast<const std::uint8_t*>(packet.l4.hdrs.icmpv4h);
  if (header == nullptr) return;
  SCJbSetUint(record, "icmp_type", header[0]);
  SCJbSetUint(record, "icmp_code", header[1]);
}

std::string chunk_name(std::uint8_t type) {
  constexpr const char* kNames[] = {
      "data",        "init",       "init_ack", "sack",         "heartbeat",
      "hb_ack",      "abort",      "shutdown", "shutdown_ack", "error",
      "cookie_echo", "cookie_ack", "ecne",     "cwr",          "shutdown_complete"};
  if (type < std::size(kNames)) return kNames[type];
  return type == SCTP_CHUNK_TYPE_FORWARD_TSN ? "forward_tsn" : fmt::format("unknown({})", type);
}

// Only 9.0 looks at chunks.
void set_sctp(SCJsonBuilder* record, const Packet& packet) {
  if (!host().decoding.sctp_chunks || !PacketIsSCTP(&packet)) return;
  const SCTPVars& vars = packet.l4.vars.sctp;
  SCJbOpenObject(record, "sctp");
  SCJbSetUint(record, "vtag", SCTP_GET_RAW_VTAG(PacketGetSCTP(&packet)));
  SCJbSetUint(record, "chunk_cnt", vars.chunk_cnt);
  SCJbOpenArray(record, "chunk_types");
  for (std::uint8_t i = 0; i < vars.tracked_chunk_cnt; ++i)
    SCJbAppendString(record, chunk_name(vars.chunk_types[i]).c_str());
  SCJbClose(record);
  SCJbSetBool(record, "has_init", vars.has_init);
  SCJbSetBool(record, "has_init_ack", vars.has_init_ack);
  SCJbSetBool(record, "has_data", vars.has_data);
  SCJbSetBool(record, "has_abort", vars.has_abort);
  SCJbClose(record);
}

// The value of pkt_src, as PktSrcToString.
const char* source_name(std::uint8_t source) {
  switch (source) {
    case PKT_SRC_DECODER_GRE:
      return "gre tunnel";
    case PKT_SRC_DECODER_IPV4:
      return "ipv4 tunnel";
    case PKT_SRC_DECODER_IPV6:
      return "ipv6 tunnel";
    case PKT_SRC_DECODER_TEREDO:
      return "teredo tunnel";
    case PKT_SRC_DEFRAG:
      return "defrag";
    case PKT_SRC_FFR:
      return "stream (flow timeout)";
    case PKT_SRC_STREAM_TCP_DETECTLOG_FLUSH:
      return "stream (detect/log)";
    case PKT_SRC_DECODER_VXLAN:
      return "vxlan encapsulation";
    case PKT_SRC_DETECT_RELOAD_FLUSH:
      return "detect reload flush";
    case PKT_SRC_CAPTURE_TIMEOUT:
      return "capture timeout flush";
    case PKT_SRC_DECODER_GENEVE:
      return "geneve encapsulation";
    case PKT_SRC_SHUTDOWN_FLUSH:
      return "shutdown flush";
    default:
      return "wire/pcap";
  }
}

}  // namespace

SCJsonBuilder* packet_header(const Packet& packet, SCOutputJsonLogDirection dir, const char* type,
                             const JsonAddrInfo* addr, const OutputJsonCtx* output) {
  SCJsonBuilder* const record = SCJbNewObject();
  if (record == nullptr) return nullptr;
  set_text(record, "timestamp", iso_time(packet.ts));
  CreateEveFlowId(record, packet.flow);
  if (const auto& sensor = state().eve_outputs.sensor_id) SCJbSetUint(record, "sensor_id", *sensor);
  const PacketLayout& in = in_packet();
  set_device(record, reinterpret_cast<const char*>(&packet) + in.livedev);
  if (in.pcap_cnt(packet) != 0) SCJbSetUint(record, "pcap_cnt", in.pcap_cnt(packet));
  if (type != nullptr) SCJbSetString(record, "event_type", type);
  set_vlan(record, packet.vlan_id, packet.vlan_idx);
  if (addr != nullptr)
    set_given(record, *addr);
  else
    set_tuple(record, packet, dir, output);
  if (PacketIsIPv4(&packet) || PacketIsIPv6(&packet))
    SCJbSetUint(record, "ip_v", PacketIsIPv6(&packet) ? 6 : 4);
  set_icmp(record, packet);
  set_sctp(record, packet);
  SCJbSetString(record, "pkt_src", source_name(in.pkt_src(packet)));
  add_options(output, &packet, packet.flow, record, dir);
  return record;
}

}  // namespace surisim::abi

using namespace surisim::abi;

const JsonAddrInfo json_addr_info_zero{};

// 8.0's function has no `cfg`.
SURISIM_ABI void JsonAddrInfoInit(const Packet* p, enum SCOutputJsonLogDirection dir,
                                  JsonAddrInfo* addr, OutputJsonCommonSettings* cfg) {
  note_call(__func__);
  SURISIM_NOT_NULL(p);
  SURISIM_NOT_NULL(addr);
  if (!PacketIsIPv6(p) && !PacketIsIPv4(p)) return;
  const EveLayout& layout = host().layout.eve;
  const bool may_compress = PacketIsIPv6(p) && layout.compress_ipv6 != 0;
  if (may_compress) SURISIM_NOT_NULL(cfg);
  const bool compress = may_compress && layout.compresses_ipv6(*cfg);
  const EveTuple tuple = in_direction(tuple_of(*p, compress), *p, dir);
  const auto copy = [](char* to, std::size_t size, const std::string& text) {
    std::snprintf(to, size, "%s", text.c_str());
  };
  copy(addr->src_ip, sizeof addr->src_ip, tuple.src);
  copy(addr->dst_ip, sizeof addr->dst_ip, tuple.dst);
  copy(addr->proto, sizeof addr->proto, proto_name(tuple.proto));
  addr->log_port = has_ports(tuple.proto);
  if (!addr->log_port) return;
  addr->sp = tuple.sp;
  addr->dp = tuple.dp;
}

SURISIM_ABI void CreateEveFlowId(SCJsonBuilder* js, const Flow* f) {
  if (f == nullptr) return;
  SCJbSetUint(js, "flow_id", flow_id(*f));
  if (f->parent_id != 0) SCJbSetUint(js, "parent_id", static_cast<std::uint64_t>(f->parent_id));
}

SURISIM_ABI SCJsonBuilder* CreateEveHeader(const Packet* p, enum SCOutputJsonLogDirection dir,
                                           const char* event_type, JsonAddrInfo* addr,
                                           OutputJsonCtx* eve_ctx) {
  note_call(__func__);
  SURISIM_NOT_NULL(p);
  if (addr == nullptr && PacketIsIPv6(p) && host().layout.eve.compress_ipv6 != 0)
    SURISIM_NOT_NULL(eve_ctx);
  return packet_header(*p, dir, event_type, addr, eve_ctx);
}

SURISIM_ABI SCJsonBuilder* CreateEveHeaderWithTxId(const Packet* p,
                                                   enum SCOutputJsonLogDirection dir,
                                                   const char* event_type, JsonAddrInfo* addr,
                                                   uint64_t tx_id, OutputJsonCtx* eve_ctx) {
  SCJsonBuilder* const record = CreateEveHeader(p, dir, event_type, addr, eve_ctx);
  if (record != nullptr) SCJbSetUint(record, "tx_id", tx_id);
  return record;
}

SURISIM_ABI SCTime_t TimeGet(void) { return state().packet_time.now(); }

SURISIM_ABI void CreateIsoTimeString(const SCTime_t ts, char* str, size_t size) {
  SURISIM_NOT_NULL(str);
  if (size != 0) std::snprintf(str, size, "%s", iso_time(ts).c_str());
}
