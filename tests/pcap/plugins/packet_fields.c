/* Writes what the macros of Suricata's headers read from each packet, a line each, to the file
 * named by the setting packet-fields. Compiled for each version. */
#include <stdio.h>
#include <string.h>

#include "conf.h"
#include "decode.h"
#include "flow-callbacks.h"
#include "output-packet.h"
#include "output.h"
#include "suricata-plugin.h"
#include "util-print.h"

static FILE* out;

static void WriteAddress(const Packet* p, bool src) {
  char text[64] = "";
  if (PacketIsIPv4(p)) {
    PrintInet(AF_INET, src ? GET_IPV4_SRC_ADDR_PTR(p) : GET_IPV4_DST_ADDR_PTR(p), text,
              sizeof(text));
  } else if (PacketIsIPv6(p)) {
    PrintInet(AF_INET6, src ? GET_IPV6_SRC_ADDR(p) : GET_IPV6_DST_ADDR(p), text, sizeof(text));
  }
  fprintf(out, " %s", text);
}

static void WriteNetwork(const Packet* p) {
  if (PacketIsEthernet(p)) {
    const EthernetHdr* eth = PacketGetEthernet(p);
    fprintf(out, " eth:%04x@%d", SCNtohs(eth->eth_type),
            (int)((const uint8_t*)eth - GET_PKT_DATA(p)));
  }
  if (PacketIsARP(p)) fprintf(out, " arp");
  if (PacketIsIPv4(p)) {
    const IPV4Hdr* ip = PacketGetIPv4(p);
    fprintf(out, " ipv4:%d,%d,%d,ttl%d,df%d", IPV4_GET_RAW_VER(ip), IPV4_GET_RAW_HLEN(ip),
            IPV4_GET_RAW_IPLEN(ip), IPV4_GET_RAW_IPTTL(ip), IPV4_GET_RAW_FLAG_DF(ip));
  } else if (PacketIsIPv6(p)) {
    const IPV6Hdr* ip = PacketGetIPv6(p);
    fprintf(out, " ipv6:%d,%d,%d", IPV6_GET_RAW_VER(ip), IPV6_GET_RAW_PLEN(ip),
            IPV6_GET_L4PROTO(p));
  }
}

static void WriteTransport(const Packet* p) {
  fprintf(out, " proto:%d", PacketGetIPProto(p));
  if (PacketIsTCP(p)) {
    fprintf(out, " tcp:%d>%d,%u,%u,%d,%02x,%d", TCP_GET_SRC_PORT(p), TCP_GET_DST_PORT(p),
            TCP_GET_SEQ(p), TCP_GET_ACK(p), TCP_GET_HLEN(p), TCP_GET_FLAGS(p), TCP_GET_WINDOW(p));
    if (TCP_HAS_MSS(p)) fprintf(out, ",mss%d", TCP_GET_MSS(p));
    if (TCP_HAS_WSCALE(p)) fprintf(out, ",scale%d", TCP_GET_WSCALE(p));
    if (TCP_GET_SACKOK(p)) fprintf(out, ",sackok");
    if (TCP_HAS_TS(p)) fprintf(out, ",ts%u/%u", TCP_GET_TSVAL(p), TCP_GET_TSECR(p));
    if (TCP_HAS_SACK(p)) {
      uint32_t left = 0;
      memcpy(&left, TCP_GET_SACK_PTR(p, PacketGetTCP(p)), sizeof(left));
      fprintf(out, ",sack%d:%u", TCP_GET_SACK_CNT(p), SCNtohl(left));
    }
  } else if (PacketIsUDP(p)) {
    const UDPHdr* udp = PacketGetUDP(p);
    fprintf(out, " udp:%d>%d,%d", UDP_GET_RAW_SRC_PORT(udp), UDP_GET_RAW_DST_PORT(udp),
            UDP_GET_RAW_LEN(udp));
  } else if (PacketIsICMPv4(p)) {
    fprintf(out, " icmp:%d/%d,%d,%d", p->icmp_s.type, PacketGetICMPv4(p)->code,
            SCNtohs(ICMPV4_GET_ID(p)), SCNtohs(ICMPV4_GET_SEQ(p)));
  } else if (PacketIsICMPv6(p)) {
    fprintf(out, " icmp6:%d,%d,%d", ICMPV6_GET_TYPE(PacketGetICMPv6(p)), SCNtohs(ICMPV6_GET_ID(p)),
            SCNtohs(ICMPV6_GET_SEQ(p)));
  } else if (PacketIsSCTP(p)) {
    fprintf(out, " sctp:%d>%d", SCNtohs(PacketGetSCTP(p)->sh_sport),
            SCNtohs(PacketGetSCTP(p)->sh_dport));
#if SURISIM_API_VERSION != 0x0800
    const SCTPVars* vars = &p->l4.vars.sctp;
    fprintf(out, ",hlen%d,chunks%d", vars->hlen, vars->chunk_cnt);
    for (uint8_t i = 0; i < vars->tracked_chunk_cnt; i++) fprintf(out, "/%d", vars->chunk_types[i]);
    for (uint8_t i = 0; i < vars->data_chunk_cnt; i++)
      fprintf(out, ",data%d+%d", vars->data_offsets[i], vars->data_lens[i]);
    if (vars->has_init) fprintf(out, ",init");
    if (vars->has_init_ack) fprintf(out, ",init_ack");
    if (vars->has_data) fprintf(out, ",data");
    if (vars->has_abort) fprintf(out, ",abort");
#endif
  }
}

static int Log(ThreadVars* tv, void* data, const Packet* p) {
  (void)tv;
  (void)data;
#if SURISIM_API_VERSION == 0x0800
  const unsigned long long number = p->pcap_cnt;
#else
  const unsigned long long number = PcapPacketCntGet(p);
#endif
  fprintf(out, "%llu link:%d src:%d len:%u", number, p->datalink, p->pkt_src, GET_PKT_LEN(p));
  if (p->payload_len > 0) {
    fprintf(out, " payload:%d@%d", p->payload_len, (int)(p->payload - GET_PKT_DATA(p)));
  }
  WriteNetwork(p);
  WriteAddress(p, true);
  WriteAddress(p, false);
  WriteTransport(p);
  if (PKT_IS_TOSERVER(p)) fprintf(out, " to server");
  if (PKT_IS_TOCLIENT(p)) fprintf(out, " to client");
  if (p->flow != NULL) fprintf(out, " flow:%s", FLOW_IS_IPV6(p->flow) ? "ipv6" : "ipv4");
  if (PKT_IS_PSEUDOPKT(p)) fprintf(out, " pseudo");
  fprintf(out, " alerts:%d\n", p->alerts.cnt);
  return TM_ECODE_OK;
}

static bool Condition(ThreadVars* tv, void* data, const Packet* p) {
  (void)tv;
  (void)data;
  (void)p;
  return true;
}

static TmEcode ThreadInit(ThreadVars* tv, const void* initdata, void** data) {
  (void)tv;
  (void)initdata;
  *data = NULL;
  return TM_ECODE_OK;
}

static TmEcode ThreadDeinit(ThreadVars* tv, void* data) {
  (void)tv;
  (void)data;
  return fclose(out) == 0 ? TM_ECODE_OK : TM_ECODE_FAILED;
}

static void OnLoggingReady(void* arg) {
  (void)arg;
  SCOutputRegisterPacketLogger(LOGGER_USER, "packet-fields", Log, Condition, NULL, ThreadInit,
                               ThreadDeinit);
}

static void Init(void) {
  const char* name = NULL;
  if (SCConfGet("packet-fields", &name) == 1 && name != NULL) out = fopen(name, "w");
  if (out != NULL) SCRegisterOnLoggingReady(OnLoggingReady, NULL);
}

const SCPlugin* SCPluginRegister(void) {
  static const SCPlugin plugin = {
      .version = SC_API_VERSION,
      .suricata_version = SC_PACKAGE_VERSION,
      .name = "packet-fields",
      .plugin_version = "1",
      .license = "MIT",
      .author = "surisim",
      .Init = Init,
  };
  return &plugin;
}
