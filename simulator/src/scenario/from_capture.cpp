// Writes a capture file's flows as scenarios: groups its frames by flow, and writes each flow's
// packets as steps. A packet is a `>` or `<` step if the packet that such a step sends looks the
// same to a plugin; otherwise it is a `raw` step with the bytes of its frame.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "by_hand/conversation.hpp"
#include "capture/capture_files.hpp"
#include "decode/decode.hpp"
#include "scenario/parse.hpp"
#include "surisim/error.hpp"
#include "surisim/scenario.hpp"

namespace surisim::scenario {
namespace {

// A record of the capture, as an Ethernet frame.
struct CapturedFrame {
  std::int64_t time = 0;  // µs
  std::string bytes = {};
  decode::Decoded packet = {};  // the last one, without its bytes
  bool is_plain = false;        // the frame has only this packet, with all headers and a flow

  std::string_view part(std::size_t at, std::size_t size) const {
    return std::string_view(bytes).substr(std::min(at, bytes.size()), size);
  }
  std::string_view payload() const { return part(packet.payload, packet.payload_size); }
  // The transport header and the payload of a plain frame.
  std::string_view transport() const {
    return part(packet.l4, packet.payload + packet.payload_size - packet.l4);
  }
};

struct CapturedFlowFrames {
  decode::Decoded first = {};       // its first packet, without its bytes
  std::vector<std::size_t> frames;  // indexes
  std::size_t bytes = 0;
};

struct CapturedFrames {
  std::vector<CapturedFrame> frames;
  std::vector<CapturedFlowFrames> flows;  // the shortest first
  std::size_t without_flow = 0;           // records
  std::string damage;                     // why reading ended early; empty: it did not
};

using decode::Decoded;
using decode::FlowRule;
using decode::kNowhere;

constexpr std::size_t kMostFrameBytes = std::size_t{64} << 20;  // of all frames
constexpr int kEthernet = 1;                                    // LINKTYPE_

using Address = std::array<std::uint8_t, 16>;
// The same for both directions of a flow.
using Key = std::tuple<Address, std::uint16_t, Address, std::uint16_t, std::array<std::uint16_t, 3>,
                       std::uint8_t, std::uint8_t, bool>;

Key key_of(const Decoded& packet) {
  const decode::FlowKey& key = packet.key;
  const bool swaps =
      packet.rule != FlowRule::one_way && std::tie(key.dst, key.dp) < std::tie(key.src, key.sp);
  if (swaps) return {key.dst, key.dp, key.src, key.sp, key.vlan, key.proto, key.depth, key.ipv6};
  return {key.src, key.sp, key.dst, key.dp, key.vlan, key.proto, key.depth, key.ipv6};
}

// Replaces the record's link layer with Ethernet, and adapts the packet's offsets.
CapturedFrame frame_of(const decode::Record& record, const std::vector<Decoded>& packets) {
  CapturedFrame frame{.time = record.time};
  std::size_t skipped = 0;  // bytes of the record's link layer
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
  // Indexes of frames with fragments of incomplete datagrams, by addresses.
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

// A single Ethernet frame.
CapturedFrame captured_frame(std::string bytes) {
  const decode::Record record{
      kEthernet, 0, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}};
  std::vector<Decoded> packets;
  decode::Decoder().decode(record, [&](const Decoded& packet) { packets.push_back(packet); });
  return frame_of(record, packets);
}

std::string hex_of(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

// A string if at most a quarter of the bytes are not text, otherwise hex digits.
std::string data_of(std::string_view bytes) {
  if (bytes.empty()) return "";
  std::size_t not_text = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto c = static_cast<unsigned char>(bytes[at]);
    const std::size_t length = base::utf8_length(bytes.substr(at));
    const bool is_space = c == '\n' || c == '\r' || c == '\t';
    if (length == 0 || (c < 0x20 && !is_space) || c == 0x7f) ++not_text;
    at += std::max<std::size_t>(length, 1);
  }
  return not_text * 4 > bytes.size() ? " hex " + hex_of(bytes) : " " + quoted(bytes);
}

std::string endpoint_of(const std::array<std::uint8_t, 16>& address, std::uint16_t port,
                        const Decoded& packet) {
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(packet.ipv6 ? AF_INET6 : AF_INET, address.data(), text, sizeof text);
  if (!engine::has_ports(packet.proto)) return text;
  return packet.ipv6 ? fmt::format("[{}]:{}", text, port) : fmt::format("{}:{}", text, port);
}

FlowSpec spec_of(const Decoded& first) {
  FlowSpec spec{.proto = first.proto,
                .client = endpoint_of(first.src, first.sp, first),
                .server = endpoint_of(first.dst, first.dp, first)};
  for (std::size_t i = 0; i < std::min<std::size_t>(first.vlans, first.vlan.size()); ++i)
    spec.vlans.push_back(first.vlan[i]);
  return spec;
}

// The word for a protocol; "ip 50" for one that has no word.
std::string word_of(std::uint8_t proto) {
  switch (proto) {
    case IPPROTO_TCP:
      return "tcp";
    case IPPROTO_UDP:
      return "udp";
    case IPPROTO_SCTP:
      return "sctp";
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
      return "icmp";
    default:
      return fmt::format("ip {}", proto);
  }
}

std::string letters_of(std::uint8_t flags) {
  constexpr std::string_view kLetters = "FSRPAUEC";
  std::string text;
  for (std::size_t bit = 0; bit < kLetters.size(); ++bit)
    if ((flags >> bit & 1) != 0) text += kLetters[bit];
  return text;
}

bool has_right_checksum(const CapturedFrame& frame) {
  Decoded packet = frame.packet;
  packet.bytes = {reinterpret_cast<const std::uint8_t*>(frame.bytes.data()), frame.bytes.size()};
  return decode::has_right_checksum(packet);
}

class FlowWriter {
 public:
  FlowWriter(const CapturedFrames& capture, const CapturedFlowFrames& flow)
      : capture_(capture), flow_(flow) {}

  std::string text(std::size_t number);

 private:
  const CapturedFrame& frame(std::size_t i) const { return capture_.frames[flow_.frames[i]]; }
  // nullopt: a packet needs a `raw` step, and cannot be raw among other steps.
  std::optional<std::string> as_steps();
  std::string as_raw_steps();
  // A `>` or `<` step; nullopt: it would send a different packet.
  std::optional<std::string> packet_step(const CapturedFrame& frame);
  PacketSpec tcp_packet(const CapturedFrame& frame, bool to_server);
  bool is_same(const CapturedFrame& frame, const PacketSpec& spec);
  // A `pass` step, if at least a millisecond passes before the frame.
  std::string pass_to(const CapturedFrame& frame);

  const CapturedFrames& capture_;
  const CapturedFlowFrames& flow_;
  std::optional<engine::Conversation> conversation_;
  std::array<std::uint8_t, 16> client_{};
  std::uint16_t client_port_ = 0;
  std::int64_t now_ = 0;
  // Of each end: the sequence number that the Conversation sends next, and its distance to the
  // capture's.
  std::array<std::uint32_t, 2> next_{};
  std::array<std::optional<std::uint32_t>, 2> shift_{};
};

std::string raw_line(const CapturedFrame& frame) {
  return "raw on 1 " + hex_of(frame.bytes) + "\n";
}

// `unnoticed`, as in a run with the capture file: the flow manager checks so rarely that the next
// packet finds its flow timed out.
std::string FlowWriter::pass_to(const CapturedFrame& frame) {
  constexpr std::int64_t kLeast = 1000;  // µs
  const std::int64_t passed = frame.time - now_;
  if (passed < kLeast) return "";
  now_ = frame.time;
  std::string seconds = fmt::format("{}.{:06}", passed / 1'000'000, passed % 1'000'000);
  seconds.erase(seconds.find_last_not_of('0') + 1);
  if (seconds.ends_with('.')) seconds.pop_back();
  return fmt::format("pass {}s unnoticed\n", seconds);
}

// Sequence numbers are at the same distance from the first ones as in the capture.
PacketSpec FlowWriter::tcp_packet(const CapturedFrame& frame, bool to_server) {
  const decode::Tcp& tcp = frame.packet.tcp;
  PacketSpec spec{.to_server = to_server, .payload = std::string(frame.payload())};
  const std::size_t mine = to_server ? 0 : 1;
  const std::size_t other = 1 - mine;
  if (!shift_[mine]) shift_[mine] = next_[mine] - tcp.seq;
  spec.gap = tcp.seq + *shift_[mine] - next_[mine];
  if ((tcp.flags & kTcpAck) != 0) {
    if (!shift_[other]) shift_[other] = next_[other] - tcp.ack;
    spec.unacked = next_[other] - (tcp.ack + *shift_[other]);
  }
  const auto usual = static_cast<std::uint8_t>(kTcpAck | (spec.payload.empty() ? 0 : kTcpPsh));
  if (tcp.flags != usual) spec.tcp_flags = tcp.flags;
  next_[mine] += spec.gap + static_cast<std::uint32_t>(spec.payload.size()) +
                 ((tcp.flags & kTcpSyn) != 0 ? 1 : 0) + ((tcp.flags & kTcpFin) != 0 ? 1 : 0);
  spec.bad_checksum = !has_right_checksum(frame);
  return spec;
}

// Whether the packet that `spec` makes looks the same to a plugin as the frame's.
bool FlowWriter::is_same(const CapturedFrame& frame, const PacketSpec& spec) {
  const auto made = conversation_->packet(spec);
  if (!made || made->size() != 1) return false;
  const auto copy = captured_frame(made->front());
  if (!copy.is_plain) return false;
  const Decoded& packet = copy.packet;
  const Decoded& wanted = frame.packet;
  const bool same = packet.key == wanted.key && packet.rule == wanted.rule &&
                    packet.src == wanted.src && packet.dst == wanted.dst &&
                    packet.proto == wanted.proto && packet.sp == wanted.sp &&
                    packet.dp == wanted.dp && copy.payload() == frame.payload();
  if (packet.proto == IPPROTO_TCP) return same && packet.tcp.flags == wanted.tcp.flags;
  return same && (packet.proto == IPPROTO_UDP || copy.transport() == frame.transport());
}

std::optional<std::string> FlowWriter::packet_step(const CapturedFrame& frame) {
  const Decoded& packet = frame.packet;
  const bool by_port = engine::has_ports(packet.proto) && packet.src == packet.dst;
  const bool to_server = by_port ? packet.sp == client_port_ : packet.src == client_;
  PacketSpec spec{.to_server = to_server, .payload = std::string(frame.payload())};
  if (packet.proto == IPPROTO_TCP) {
    spec = tcp_packet(frame, to_server);
  } else if (packet.proto == IPPROTO_UDP) {
    constexpr std::size_t kChecksum = 6;
    const bool has_none = frame.transport().substr(kChecksum, 2) == std::string_view("\0\0", 2);
    spec.bad_checksum = !has_none && !has_right_checksum(frame);
  }
  if (!is_same(frame, spec)) return std::nullopt;
  const auto option = [](const char* name, std::uint32_t value) {
    return value == 0 ? "" : fmt::format(" {} {}", name, static_cast<std::int32_t>(value));
  };
  std::string text = fmt::format("conn {}{}", to_server ? ">" : "<", data_of(spec.payload));
  if (spec.tcp_flags) text += " flags " + letters_of(*spec.tcp_flags);
  text += option("gap", spec.gap) + option("unacked", spec.unacked);
  if (spec.bad_checksum) text += " bad-checksum";
  return text + "\n";
}

std::optional<std::string> FlowWriter::as_steps() {
  const CapturedFrame& first = frame(0);
  if (!first.is_plain || first.packet.rule == FlowRule::existing) return std::nullopt;
  const FlowSpec spec = spec_of(first.packet);
  auto conversation = engine::Conversation::make(spec);
  if (!conversation) return std::nullopt;
  conversation_.emplace(*std::move(conversation));
  client_ = first.packet.src;
  client_port_ = first.packet.sp;
  std::string text = fmt::format("{} conn {} > {}", word_of(spec.proto), spec.client, spec.server);
  for (const std::uint16_t id : spec.vlans) text += fmt::format(" vlan {}", id);
  text += "\n";
  now_ = first.time;
  for (std::size_t i = 0; i < flow_.frames.size(); ++i) {
    const CapturedFrame& one = frame(i);
    text += pass_to(one);
    const bool quotes_flow = one.is_plain && one.packet.rule == FlowRule::existing;
    const auto step = one.is_plain && !quotes_flow ? packet_step(one) : std::nullopt;
    // The sequence numbers of a raw TCP packet would not fit those of the other steps.
    if (!step && !quotes_flow && spec.proto == IPPROTO_TCP) return std::nullopt;
    text += step ? *step : raw_line(one);
  }
  return text;
}

std::string FlowWriter::as_raw_steps() {
  now_ = frame(0).time;
  std::string text;
  for (std::size_t i = 0; i < flow_.frames.size(); ++i)
    text += pass_to(frame(i)) + raw_line(frame(i));
  return text;
}

std::string FlowWriter::text(std::size_t number) {
  const Decoded& first = flow_.first;
  const std::size_t count = flow_.frames.size();
  const auto steps = as_steps();
  return fmt::format("\nscenario \"flow {}: {} {} > {}, {} packet{}\"\nmode single\n", number,
                     word_of(first.proto), endpoint_of(first.src, first.sp, first),
                     endpoint_of(first.dst, first.dp, first), count, count == 1 ? "" : "s") +
         (steps ? *steps : as_raw_steps());
}

}  // namespace

}  // namespace surisim::scenario

namespace surisim {

expected<CapturedScenarios> scenarios_from_capture(const std::string& file, std::uint64_t flow) {
  const auto capture = scenario::FrameReader().read(file);
  if (!capture) return tl::unexpected<Error>(capture.error());
  const auto& flows = capture->flows;
  const auto refuse = [&](const std::string& message) {
    return fail(ErrorCode::invalid_option, file + ": " + message);
  };
  if (flows.empty()) return refuse("expected packets of a flow, got none");
  if (flow > flows.size())
    return refuse(fmt::format("expected a flow from 1 to {}, got {}", flows.size(), flow));
  std::string text =
      "# What each flow of a capture sends. Add what you expect of the plugin, such as\n"
      "#   expect callback flow finish of conn\n";
  if (!capture->damage.empty()) text += "# Only a part of it was read: " + capture->damage + "\n";
  if (capture->without_flow > 0)
    text += fmt::format("# Records that belong to no flow: {}\n", capture->without_flow);
  for (std::size_t i = 0; i < flows.size(); ++i) {
    if (flow == 0 || flow == i + 1) text += scenario::FlowWriter(*capture, flows[i]).text(i + 1);
  }
  return CapturedScenarios{std::move(text), capture->damage};
}

}  // namespace surisim
