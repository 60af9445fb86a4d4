// Reads and decodes a capture, and finds out which frames belong to the same flow.
#include "scenario/captured_frames.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "capture/capture_files.hpp"

namespace surisim::scenario {

namespace {

using decode::Decoded;
using decode::FlowRule;
using decode::kNowhere;

constexpr std::size_t kMostFrameBytes = std::size_t{64} << 20;  // of all frames
constexpr int kEthernet = 1;                                    // LINKTYPE_

using Address = std::array<std::uint8_t, 16>;
// Equal in both directions of a flow.
using Key = std::tuple<Address, std::uint16_t, Address, std::uint16_t, std::array<std::uint16_t, 3>,
                       std::uint8_t, std::uint8_t, bool>;

Key key_of(const Decoded& packet) {
  const decode::FlowKey& key = packet.key;
  const bool swaps =
      packet.rule != FlowRule::one_way && std::tie(key.dst, key.dp) < std::tie(key.src, key.sp);
  if (swaps) return {key.dst, key.dp, key.src, key.sp, key.vlan, key.proto, key.depth, key.ipv6};
  return {key.src, key.sp, key.dst, key.dp, key.vlan, key.proto, key.depth, key.ipv6};
}

// The record as an Ethernet frame, and its packets as offsets into it.
CapturedFrame frame_of(const decode::Record& record, const std::vector<Decoded>& packets) {
  CapturedFrame frame{.time = record.time};
  std::size_t skipped = 0;  // bytes of another link layer
  if (packets.empty()) return frame;
  frame.packet = packets.back();
  if (record.link_type != kEthernet && frame.packet.l3 != kNowhere) {
    skipped = frame.packet.l3;
    constexpr std::string_view kMacs("\x02\0\0\0\0\2\x02\0\0\0\0\1", 12);
    frame.bytes = kMacs;
    frame.bytes +=
        frame.packet.ipv6 ? std::string_view("\x86\xdd", 2) : std::string_view("\x08\0", 2);
  }
  const std::size_t added = frame.bytes.size();
  const auto rest = record.bytes.subspan(std::min(skipped, record.bytes.size()));
  frame.bytes.append(reinterpret_cast<const char*>(rest.data()), rest.size());
  for (std::size_t* at : {&frame.packet.l3, &frame.packet.l4, &frame.packet.payload})
    if (*at != kNowhere) *at += added - skipped;
  frame.packet.bytes = {};
  const Decoded& packet = frame.packet;
  frame.is_plain = packets.size() == 1 && !packet.is_derived() && !packet.invalid &&
                   packet.rule != FlowRule::none && packet.depth == 0 && packet.l4 != kNowhere &&
                   packet.payload != kNowhere && packet.payload >= packet.l4;
  return frame;
}

class FrameReader {
 public:
  expected<CapturedFrames> read(const std::string& file);

 private:
  void add(const decode::Record& record);
  void add_to_flow(const Decoded& packet, std::size_t index);

  CapturedFrames capture_;
  decode::Decoder decoder_;
  std::map<Key, std::size_t> flows_;
  // Of datagrams that are not complete, by their addresses.
  std::map<std::pair<Address, Address>, std::vector<std::size_t>> fragments_;
  std::size_t bytes_ = 0;
};

void FrameReader::add_to_flow(const Decoded& packet, std::size_t index) {
  const auto [at, is_new] = flows_.emplace(key_of(packet), capture_.flows.size());
  if (is_new) {
    Decoded& first = capture_.flows.emplace_back().first;
    first = packet;
    first.bytes = {};
  }
  CapturedFlowFrames& flow = capture_.flows[at->second];
  const auto add = [&](std::size_t one) {
    if (!flow.frames.empty() && flow.frames.back() == one) return;
    flow.frames.push_back(one);
    flow.bytes += capture_.frames[one].bytes.size();
  };
  if (const auto pending = fragments_.find({packet.src, packet.dst});
      packet.is_derived() && pending != fragments_.end()) {
    for (const std::size_t one : pending->second) add(one);
    fragments_.erase(pending);
  }
  add(index);
}

void FrameReader::add(const decode::Record& record) {
  std::vector<Decoded> packets;
  decoder_.decode(record, [&](const Decoded& packet) { packets.push_back(packet); });
  const std::size_t index = capture_.frames.size();
  capture_.frames.push_back(frame_of(record, packets));
  bytes_ += capture_.frames.back().bytes.size();
  bool has_flow = false;
  for (const Decoded& packet : packets) {
    if (packet.rule == FlowRule::none) continue;
    has_flow = true;
    add_to_flow(packet, index);
  }
  if (has_flow) return;
  const bool is_ip = !packets.empty() && (packets.back().ipv4 || packets.back().ipv6);
  if (is_ip) {
    fragments_[{packets.back().src, packets.back().dst}].push_back(index);
  } else {
    ++capture_.without_flow;
  }
}

expected<CapturedFrames> FrameReader::read(const std::string& file) {
  auto reader = engine::PcapReader::open(file);
  if (!reader) return tl::unexpected<Error>(reader.error());
  decode::Record record;
  while (reader->next(record)) {
    add(record);
    if (bytes_ > kMostFrameBytes)
      return fail(ErrorCode::invalid_option,
                  fmt::format("{}: expected at most {} bytes of packets", file, kMostFrameBytes));
  }
  for (const auto& [addresses, frames] : fragments_) capture_.without_flow += frames.size();
  capture_.damage = reader->damage();
  const auto size = [](const CapturedFlowFrames& flow) {
    return std::pair(flow.frames.size(), flow.bytes);
  };
  std::stable_sort(capture_.flows.begin(), capture_.flows.end(),
                   [&](const auto& a, const auto& b) { return size(a) < size(b); });
  return std::move(capture_);
}

}  // namespace

expected<CapturedFrames> read_frames(const std::string& file) { return FrameReader().read(file); }

CapturedFrame captured_frame(std::string bytes) {
  const decode::Record record{
      kEthernet, 0, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}};
  std::vector<Decoded> packets;
  decode::Decoder().decode(record, [&](const Decoded& packet) { packets.push_back(packet); });
  return frame_of(record, packets);
}

}  // namespace surisim::scenario
