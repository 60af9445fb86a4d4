// The packet decoder. Input: a link type, then the records of a capture: size (2 bytes), seconds
// since the previous record (1 byte), bytes. Oracle: its results lie inside the packet and are
// consistent.
#include <array>

#include "decode/decode.hpp"
#include "input.hpp"

namespace {

using namespace surisim::decode;

constexpr std::array kLinkTypes = {1, 0, 9, 12, 104, 113, 276, 147};

bool is_inside(std::size_t at, const Decoded& d) { return at == kNowhere || at <= d.bytes.size(); }

std::uint8_t read_all(Bytes bytes) {
  std::uint8_t sum = 0;
  for (const std::uint8_t byte : bytes) sum = static_cast<std::uint8_t>(sum ^ byte);
  return sum;
}

void check_packet(const Decoded& d) {
  volatile std::uint8_t sink = read_all(d.bytes);
  (void)sink;
  fuzz::check(
      is_inside(d.l2, d) && is_inside(d.l3, d) && is_inside(d.l4, d) && is_inside(d.payload, d),
      "an offset is after the packet's end");
  fuzz::check(d.payload == kNowhere || d.payload_size <= d.bytes.size() - d.payload,
              "the payload ends after the packet's end");
  fuzz::check(int{d.ipv4} + int{d.ipv6} + int{d.arp} <= 1, "two network headers at once");
  fuzz::check((d.l3 != kNowhere) == (d.ipv4 || d.ipv6 || d.arp),
              "a network header without a place");
  fuzz::check(d.rule == FlowRule::none || d.ipv4 || d.ipv6, "a flow without an IP header");
  fuzz::check((d.rule == FlowRule::none) == (d.key == FlowKey{}), "a key without a flow");
  fuzz::check(d.rule == FlowRule::none || d.key.depth == d.depth, "a flow at another depth");
  fuzz::check(d.is_derived() || d.depth == 0, "a record that lies in a tunnel");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const int link_type = kLinkTypes[input.u8() % kLinkTypes.size()];
  Decoder decoder;
  std::int64_t time = 0;
  while (!input.empty()) {
    const std::size_t record = input.u16();
    time += input.u8() * std::int64_t{1'000'000};
    const std::vector<std::uint8_t> bytes = input.bytes(record);
    std::size_t records = 0;
    decoder.decode({link_type, time, bytes}, [&](const Decoded& d) {
      check_packet(d);
      records += d.is_derived() ? 0 : 1;
      fuzz::check(d.is_derived() || d.bytes.data() == bytes.data(),
                  "the record's bytes are others'");
    });
    fuzz::check(records == 1, "a record is one packet, not counting those derived from it");
  }
  return 0;
}
