// Fields that several kinds of EVE records share: addresses, times, names, and what an eve-log
// output's settings add to each record: version, Ethernet addresses, community id.
//
// When:    at any time; functions with a record while it is open.
// Owner:   results are copies; a record belongs to the caller.
// Threads: one at a time for a record.
// Source:  output-json.c (CreateEveHeader, JsonAddrInfoInit, CreateEveFlowId, EveAddCommonOptions,
//          CreateJSONEther, CreateEveCommunityFlowId), util-time.c (CreateIsoTimeString),
//          util-print.c.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>
#include <suricata/output-json.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace surisim::abi {

struct EveTuple {
  std::string src, dst;
  std::uint16_t sp = 0, dp = 0;
  std::uint8_t proto = 0;
};

// In the time zone of the process.
std::string iso_time(SCTime_t time);
// IPv6 is written in full, group by group, unless `compress`.
std::string address_text(const std::uint8_t* bytes, bool ipv6, bool compress);
// "TCP", or a number.
std::string proto_name(std::uint8_t proto);
bool has_ports(std::uint8_t proto);
EveTuple tuple_of(const Packet& packet, bool compress);
// The same as CreateEveHeader, except that `output` may always be null.
SCJsonBuilder* packet_header(const Packet& packet, SCOutputJsonLogDirection dir, const char* type,
                             const JsonAddrInfo* addr, const OutputJsonCtx* output);
// The output's setting; false in a version without it.
bool compresses_ipv6(const OutputJsonCtx* output);

void set_text(SCJsonBuilder* record, const char* key, const std::string& value);
void set_addresses(SCJsonBuilder* record, const EveTuple& tuple);
void set_vlan(SCJsonBuilder* record, const std::uint16_t* ids, std::uint8_t count);
// Writes the device from this field of a packet or flow. Without a device, the run's interface if
// it has just one.
void set_device(SCJsonBuilder* record, const void* livedev);

// "1:" and 28 characters, the same for both directions of a flow. `seed`: community-id-seed.
std::string community_id(const Flow& flow, std::uint16_t seed);

// Adds what the output's settings ask for; nothing if `output` is null. `packet` or `flow` may be
// null.
void add_options(const OutputJsonCtx* output, const Packet* packet, const Flow* flow,
                 SCJsonBuilder* record, SCOutputJsonLogDirection dir);

// The Ethernet addresses of a flow's packets, for EVE records of the flow and of its pseudo
// packets. Kept with the flow if an eve-log section has `ethernet: yes`. Source: util-macset.c.
class EtherAddresses {
 public:
  using Address = std::array<std::uint8_t, 6>;
  using Side = std::vector<Address>;

  void add(const EthernetHdr& header, bool to_server);
  const Side& src() const { return src_; }
  const Side& dst() const { return dst_; }

 private:
  static constexpr std::size_t kMost = 10;  // of a side; later ones are not kept

  static void add(Side& side, const std::uint8_t* address);

  Side src_;
  Side dst_;
};

// Finds a flow's addresses; null if it has none.
using EtherAddressesOf = const EtherAddresses* (*)(const Flow& flow);

}  // namespace surisim::abi
