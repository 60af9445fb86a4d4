// The records themselves, all but what closes them.
// Source: output-json.c (CreateEveHeader), output-json-flow.c, output-json-alert.c.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>
#include <suricata/rust.h>

#include <cstdint>
#include <memory>

namespace surisim::engine {

struct FreeRecord {
  void operator()(SCJsonBuilder* record) const { SCJbFree(record); }
};
using EveRecord = std::unique_ptr<SCJsonBuilder, FreeRecord>;

// Each has its top-level object open, as when callbacks add to it. Null: out of memory.
EveRecord flow_record(const Flow& flow);
EveRecord alert_record(const Packet& packet);
EveRecord anomaly_record(const Packet& packet);
// `uptime` in seconds.
EveRecord stats_record(SCTime_t now, std::uint64_t uptime);

}  // namespace surisim::engine
