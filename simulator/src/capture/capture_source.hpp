// The PacketSource of a capture file: all that other rooms see of this one.
//
// When:    for each lifecycle with a capture file.
// Owner:   the caller has the source.
// Threads: [creator]
// Source:  source-pcap-file.c, flow-hash.c (FlowGetFlowFromHash), flow.c (FlowHandlePacketUpdate),
//          flow-util.c (FlowInit), flow-manager.c; T1 to T3, T6, T12 to T14.
#pragma once

#include <memory>

#include "surisim/options.hpp"
#include "traffic/packet_source.hpp"

namespace surisim::engine {

std::unique_ptr<PacketSource> make_capture_source(const Options& options);

}  // namespace surisim::engine
