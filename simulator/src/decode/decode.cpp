#include "decode/decode.hpp"

#include "decode/packet.hpp"

namespace surisim::decode {

struct Decoder::State {
  Run run;
};

Decoder::Decoder() : state_(std::make_unique<State>()) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

void Decoder::decode(const Record& record, const OnPacket& on_packet) {
  if (record.bytes.size() > kMaxBytes) return;
  Run& run = state_->run;
  run.start_record();
  Packet packet(record.bytes, record.time);
  (void)decode_link(run, packet, record.link_type);
  finish(packet);
  for (const Decoded& derived : run.derived) on_packet(derived);
  on_packet(packet.out);
}

}  // namespace surisim::decode
