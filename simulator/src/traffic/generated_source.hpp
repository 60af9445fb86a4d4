// The PacketSource of generated traffic: what becomes of a flow is in its specification.
//
// When:    for each lifecycle without a capture file.
// Owner:   the caller has the source.
// Threads: [creator]
#pragma once

#include <memory>

#include "surisim/options.hpp"
#include "traffic/packet_source.hpp"

namespace surisim::engine {

std::unique_ptr<PacketSource> make_generated_source(const Options& options);

}  // namespace surisim::engine
