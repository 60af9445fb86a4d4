// Implements plugin_worker.hpp.
#include "capture_plugin/plugin_worker.hpp"

#include <suricata/suricata.h>

#include "abi/host.hpp"
#include "capture_plugin/capture_plugin_source.hpp"
#include "capture_plugin/packet_pool.hpp"
#include "threads/simulated_thread.hpp"

namespace surisim::engine {

PluginWorker::PluginWorker(FlowEngine& engine, CapturePluginSource& source, std::uint32_t index)
    : CapturedWorker(engine, index, source.checksums()), source_(source) {}

void PluginWorker::handle(Thread& thread, Packet& packet) {
  if (PKT_IS_PSEUDOPKT(&packet)) return end_handed_back_now(thread);
  const abi::PacketLayout& in = abi::in_packet();
  decode::Decoded& decoded = side_of(&packet)->decoded;
  std::uint8_t* const external = in.ext_pkt(packet);
  const std::uint32_t size = in.pktlen(packet);
  decoded.time = micros_of(packet.ts);
  if (decoded.bytes.empty())  // no decoder has looked at it
    decoded.bytes = {external != nullptr ? external : &in.pkt_data(packet), size};
  packet_ = &packet;
  handle_packet(thread, {decoded, side_of(&packet)->number, side_of(&packet)->row});
  packet_ = &own_packet_;
  own_packet_.ts = packet.ts;
  packet.flow = nullptr;
  in.ext_pkt(packet) = external;
  in.pktlen(packet) = size;
  // Once the engine stops, there is no flow manager to take them.
  if ((__atomic_load_n(&suricata_ctl_flags, __ATOMIC_ACQUIRE) & SURICATA_STOP) == 0) sweep_if_due();
}

std::int64_t PluginWorker::last_packet_time() const { return source_.last_packet_time(); }

}  // namespace surisim::engine
