// What an eve-log output's settings add to each record: version, Ethernet addresses, community id.
//
// When:    while a record is open.
// Owner:   the record is the caller's.
// Threads: one at a time for a record.
// Source:  output-json.c (EveAddCommonOptions, CreateJSONEther, CreateEveCommunityFlowId).
#pragma once

#include <suricata/flow.h>
#include <suricata/output-json.h>

#include <cstdint>
#include <string>

namespace surisim::abi {

// "1:" and 28 characters; the same for both directions of a flow. `seed`: community-id-seed.
std::string community_id(const Flow& flow, std::uint16_t seed);

// `output`: null adds nothing. `packet` or `flow` may be null.
void add_options(const OutputJsonCtx* output, const Packet* packet, const Flow* flow,
                 SCJsonBuilder* record, SCOutputJsonLogDirection dir);

}  // namespace surisim::abi
