// EVE records, up to the point where plugins' callbacks add to them.
//
// When:    for each event that is logged.
// Owner:   the caller has the record.
// Threads: any; a flow is locked.
// Source:  output-json.c (CreateEveHeader), output-json-flow.c, output-json-alert.c.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>
#include <suricata/rust.h>

#include <cstdint>
#include <memory>
#include <string>

namespace surisim::engine {

struct FreeRecord {
  void operator()(SCJsonBuilder* record) const { SCJbFree(record); }
};
using EveRecord = std::unique_ptr<SCJsonBuilder, FreeRecord>;

// What a record says beside its event (OutputJsonCommonSettings). Empty: not said.
struct EveFields {
  std::string iface;
  std::string host;
  std::string pcap_filename;
  bool compress_ipv6 = false;
};

// Each has its top-level object open, as when callbacks add to it. Null: out of memory.
EveRecord flow_record(const Flow& flow, const EveFields& fields);
EveRecord alert_record(const Packet& packet, const EveFields& fields);
EveRecord anomaly_record(const Packet& packet, const EveFields& fields);
// `uptime` in seconds.
EveRecord stats_record(SCTime_t now, std::uint64_t uptime);

// What follows the event, before callbacks run (OutputJsonBuilderBuffer).
void set_origin(SCJsonBuilder* record, const EveFields& fields);

}  // namespace surisim::engine
