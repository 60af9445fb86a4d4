// The Ethernet addresses of a flow's packets, for EVE records of the flow and of its pseudo
// packets.
//
// When:    if an eve-log section has `ethernet: yes`.
// Owner:   the engine's side of the flow.
// Threads: whoever has the flow.
// Source:  util-macset.c.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace surisim::abi {

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

// Finds a flow's; null if it has none.
using EtherAddressesOf = const EtherAddresses* (*)(const Flow& flow);

}  // namespace surisim::abi
