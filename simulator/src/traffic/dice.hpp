// The random numbers that generated traffic is made of: all are derived from a flow's own, so that
// the same seed gives the same traffic.
//
// When:    any time.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstdint>

namespace surisim::engine {

// One step of splitmix64.
inline std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// A random number derived from `dice` for one purpose; share(): in [0, 1).
inline std::uint64_t roll(std::uint64_t dice, std::uint64_t purpose) {
  return mix(dice + purpose * 0xd1342543de82ef95ULL);
}
inline double share(std::uint64_t dice, std::uint64_t purpose) {
  return static_cast<double>(roll(dice, purpose) >> 11) * 0x1.0p-53;
}

// No two decisions share a random number.
enum Purpose : std::uint64_t {
  kEndKind = 1,
  kProto,
  kFamily,
  kSource,
  kSource2,
  kDestination,
  kDestination2,
  kSourcePort,
  kService,
  kLength,
  kSpread,
  kBackstop,
  kIcmpError,
  kSpreadPort,
  kData,
  kPacket = 100,
};

// Whether a packet is in the share of those that raise an alert.
inline bool raises_alert(double share, std::uint64_t dice, std::uint64_t packet) {
  return static_cast<double>(mix(dice + packet) >> 11) < share * 0x1.0p53;
}

}  // namespace surisim::engine
