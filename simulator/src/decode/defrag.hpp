// Reassembles datagrams from fragments, for IPv4 and IPv6.
//
// When:    one fragment at a time, in capture order; time is packet time.
// Owner:   it copies what it keeps. A datagram's bytes belong to the caller.
// Threads: one at a time.
// Source:  defrag.c (Defrag, DefragInsertFrag, Defrag4Reassemble, Defrag6Reassemble) and
//          defrag-hash.c, with the built-in policy (BSD) and time-out; T4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "decode/decode.hpp"

namespace surisim::decode {

// Fragments with the same key belong to the same datagram, in both directions.
struct FragmentKey {
  std::array<std::uint8_t, 16> src{};
  std::array<std::uint8_t, 16> dst{};
  std::uint32_t id = 0;
  std::array<std::uint16_t, 3> vlan{};
  std::uint8_t proto = 0;
  bool ipv6 = false;

  friend bool operator<(const FragmentKey& a, const FragmentKey& b) {
    return std::tie(a.src, a.dst, a.id, a.vlan, a.proto, a.ipv6) <
           std::tie(b.src, b.dst, b.id, b.vlan, b.proto, b.ipv6);
  }
};

struct Fragment {
  FragmentKey key;
  std::int64_t time = 0;     // µs since 1970
  std::uint16_t offset = 0;  // bytes
  bool more = false;
  Bytes header;  // everything before the data, from the link header on, without the fragment header
  Bytes data;
  std::size_t ip_at = 0;    // where the IP header starts in `header`
  std::size_t next_at = 0;  // IPv6: where in `header` the fragment header's number is,
  std::uint8_t next = 0;    // and the number that replaces it
};

struct Datagram {
  std::vector<std::uint8_t> bytes;  // with the first fragment's link header; empty: incomplete
  std::size_t ip_at = 0;
};

class Defragmenter {
 public:
  Datagram add(const Fragment& fragment);

 private:
  struct Piece {
    std::uint16_t offset = 0;
    std::uint16_t ltrim = 0;  // bytes at its beginning that a later fragment has replaced
    bool more = false;
    std::size_t ip_at = 0;
    std::vector<std::uint8_t> header;  // of the fragment at offset 0
    std::vector<std::uint8_t> data;

    std::size_t end() const { return offset + data.size(); }
    std::size_t size() const { return header.size() + data.size(); }
  };
  struct Tracker {
    FragmentKey key;
    std::int64_t timeout = 0;  // µs since 1970
    bool seen_last = false;
    std::vector<Piece> pieces;  // by offset, then by arrival
  };
  using Trackers = std::list<Tracker>;

  Trackers::iterator tracker_of(const Fragment& fragment);
  void expire(std::int64_t time);
  void drop(Trackers::iterator tracker);
  void erase_piece(Tracker& tracker, std::size_t at);
  std::optional<std::uint16_t> trim(Tracker& tracker, const Fragment& fragment);
  bool insert(Tracker& tracker, const Fragment& fragment, std::uint16_t ltrim);

  Trackers trackers_;  // least recently used first
  std::map<FragmentKey, Trackers::iterator> index_;
  std::size_t pieces_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace surisim::decode
