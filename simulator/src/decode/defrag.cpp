// Reassembles datagrams as their fragments are decoded. Overlaps are settled by BSD's policy, which
// is Suricata's default.

#include "decode/packet.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace surisim::decode {

namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kTimeout = 60;         // seconds: defrag.timeout
constexpr std::size_t kMaxPieces = 65535;     // defrag.max-frags
constexpr std::size_t kMaxTrackers = 80'000;  // as many as fit into defrag.memcap, 16 MiB
constexpr std::size_t kMaxKept = 64U << 20;   // bytes; Suricata has no such limit
constexpr std::size_t kMaxDatagram = 65535;

FragmentKey without_direction(FragmentKey key) {
  if (key.dst < key.src) std::swap(key.src, key.dst);
  return key;
}

bool is_too_large(const Fragment& fragment) {
  const std::size_t header = fragment.key.ipv6 ? 0 : kIpv4Header;
  return header + fragment.offset + fragment.data.size() > kMaxDatagram;
}

void put16(std::vector<std::uint8_t>& bytes, std::size_t at, std::size_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

// Sets the length and clears the fragment bits. The checksum is updated, not computed: if it was
// wrong, it stays wrong.
void become_whole_ipv4(std::vector<std::uint8_t>& bytes, std::size_t ip_at) {
  const std::size_t length = bytes.size() - ip_at;
  std::uint32_t sum = static_cast<std::uint16_t>(~be16(bytes, ip_at + 10));
  sum += static_cast<std::uint16_t>(~be16(bytes, ip_at + 2));
  sum += static_cast<std::uint16_t>(~be16(bytes, ip_at + 6));
  put16(bytes, ip_at + 2, length);
  put16(bytes, ip_at + 6, 0);
  sum += be16(bytes, ip_at + 2);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  put16(bytes, ip_at + 10, static_cast<std::uint16_t>(~sum));
}

// True if there is no hole from 0 on.
template <typename Pieces>
bool is_contiguous(const Pieces& pieces) {
  std::size_t end = 0;
  for (const auto& piece : pieces) {
    if (piece.offset > end) return false;
    end = std::max(end, piece.end());
  }
  return !pieces.empty();
}

// Joins the pieces in order; later ones overwrite earlier ones. Data after the last fragment is cut
// off. Empty if no piece starts at 0 any more, or the datagram is too long.
template <typename Pieces>
Datagram join(const Pieces& pieces) {
  Datagram whole;
  std::size_t header = 0;
  std::size_t end = 0;
  std::size_t previous = 0;
  bool more = true;
  for (const auto& piece : pieces) {
    if (!more && piece.offset > previous) break;
    if (piece.ltrim >= piece.data.size()) continue;
    if (piece.offset == 0) {
      whole.bytes = piece.header;
      whole.ip_at = piece.ip_at;
      header = piece.header.size();
      end = 0;
    }
    const std::size_t piece_end = header + piece.end();
    if (header == 0 || piece_end > kMaxBytes) return {};
    whole.bytes.resize(std::max(whole.bytes.size(), piece_end));
    const std::size_t skipped = piece.offset == 0 ? 0 : piece.ltrim;
    std::copy(piece.data.begin() + static_cast<std::ptrdiff_t>(skipped), piece.data.end(),
              whole.bytes.begin() + static_cast<std::ptrdiff_t>(header + piece.offset + skipped));
    end = std::max(end, piece.end());
    more = piece.more;
    previous = piece.offset;
  }
  if (!whole.bytes.empty()) whole.bytes.resize(header + end);
  return whole;
}

}  // namespace

// Forgets a datagram once it is complete, or if there is no room for one of its fragments.
Datagram Defragmenter::add(const Fragment& fragment) {
  if (is_too_large(fragment)) return {};
  const auto tracker = tracker_of(fragment);
  tracker->timeout = (fragment.time / kSecond + kTimeout) * kSecond;
  const std::optional<std::uint16_t> ltrim = trim(*tracker, fragment);
  if (!ltrim || *ltrim >= fragment.data.size()) return {};
  if (!insert(*tracker, fragment, *ltrim)) {
    drop(tracker);
    return {};
  }
  tracker->seen_last |= !fragment.more;
  if (!tracker->seen_last || !is_contiguous(tracker->pieces)) return {};
  Datagram whole = join(tracker->pieces);
  drop(tracker);
  if (whole.bytes.empty()) return whole;
  if (fragment.key.ipv6) {
    put16(whole.bytes, whole.ip_at + 4, whole.bytes.size() - whole.ip_at - kIpv6Header);
  } else {
    become_whole_ipv4(whole.bytes, whole.ip_at);
  }
  return whole;
}

Defragmenter::Trackers::iterator Defragmenter::tracker_of(const Fragment& fragment) {
  const FragmentKey key = without_direction(fragment.key);
  if (const auto known = index_.find(key); known != index_.end()) {
    if (known->second->timeout > fragment.time) {
      trackers_.splice(trackers_.end(), trackers_, known->second);
      return known->second;
    }
    drop(known->second);
  }
  if (trackers_.size() >= kMaxTrackers) drop(trackers_.begin());
  trackers_.emplace_back().key = key;
  const auto tracker = std::prev(trackers_.end());
  index_.emplace(key, tracker);
  return tracker;
}

void Defragmenter::expire(std::int64_t time) {
  while (!trackers_.empty() && trackers_.front().timeout <= time) drop(trackers_.begin());
}

void Defragmenter::drop(Trackers::iterator tracker) {
  while (!tracker->pieces.empty()) erase_piece(*tracker, tracker->pieces.size() - 1);
  index_.erase(tracker->key);
  trackers_.erase(tracker);
}

void Defragmenter::erase_piece(Tracker& tracker, std::size_t at) {
  const auto piece = tracker.pieces.begin() + static_cast<std::ptrdiff_t>(at);
  --pieces_;
  bytes_ -= piece->size();
  tracker.pieces.erase(piece);
}

// Returns how many bytes to drop at the fragment's start, because an earlier piece has them;
// nullopt: drop the whole fragment. BSD's policy: an earlier piece that starts before the fragment,
// or at the same offset, keeps its bytes; of one that starts later, the fragment replaces the
// beginning, and trim() adjusts that piece. As in Suricata, only the first overlapping piece and
// the one after it are considered.
std::optional<std::uint16_t> Defragmenter::trim(Tracker& tracker, const Fragment& fragment) {
  std::vector<Piece>& pieces = tracker.pieces;
  const std::size_t start = fragment.offset;
  const std::size_t end = start + fragment.data.size();
  // Suricata searches from `start - 1` on. For 0 this wraps around to 65535, which finds nothing,
  // so that it begins with the first piece.
  std::size_t at = 0;
  if (start > 0) {
    const auto behind = std::find_if(pieces.begin(), pieces.end(),
                                     [&](const Piece& piece) { return piece.offset >= start; });
    if (behind != pieces.end() && behind != pieces.begin()) {
      at = static_cast<std::size_t>(behind - pieces.begin()) - 1;
    }
  }
  for (; at < pieces.size(); ++at) {
    Piece& piece = pieces[at];
    if (start >= piece.end()) continue;
    std::uint16_t ltrim = 0;
    if (piece.offset <= start) {
      if (piece.end() > end) return std::nullopt;
      ltrim = static_cast<std::uint16_t>(piece.end() - start);
    } else if (end > std::size_t{piece.offset} + piece.ltrim) {
      piece.ltrim = static_cast<std::uint16_t>(end - piece.offset);
    }
    if (at + 1 < pieces.size() && end > pieces[at + 1].offset) {
      pieces[at + 1].ltrim = static_cast<std::uint16_t>(end - pieces[at + 1].offset);
    }
    if (piece.ltrim >= piece.data.size()) erase_piece(tracker, at);
    return ltrim;
  }
  return 0;
}

// False if there is no room.
bool Defragmenter::insert(Tracker& tracker, const Fragment& fragment, std::uint16_t ltrim) {
  Piece piece;
  piece.offset = static_cast<std::uint16_t>(fragment.offset + ltrim);
  piece.more = fragment.more;
  piece.data.assign(fragment.data.begin() + ltrim, fragment.data.end());
  if (piece.offset == 0) {
    piece.ip_at = fragment.ip_at;
    piece.header.assign(fragment.header.begin(), fragment.header.end());
    if (fragment.key.ipv6) piece.header[fragment.next_at] = fragment.next;
  }
  if (pieces_ >= kMaxPieces || bytes_ + piece.size() > kMaxKept) expire(fragment.time);
  if (pieces_ >= kMaxPieces || bytes_ + piece.size() > kMaxKept) return false;
  ++pieces_;
  bytes_ += piece.size();
  const auto place = std::upper_bound(
      tracker.pieces.begin(), tracker.pieces.end(), piece.offset,
      [](std::uint16_t offset, const Piece& other) { return offset < other.offset; });
  tracker.pieces.insert(place, std::move(piece));
  return true;
}

}  // namespace surisim::decode
