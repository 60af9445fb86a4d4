// The FlowWorker of a capture plugin's packets: those that the plugin has received and decoded.
//
// When:    from the moment when the module FlowWorker is appended to a thread.
// Owner:   the FlowEngine.
// Threads: its thread's, as FlowWorker says.
// Source:  flow-worker.c.
#pragma once

#include <suricata/decode.h>

#include <cstdint>

#include "capture/captured_worker.hpp"

namespace surisim::engine {

class CapturePluginSource;

class PluginWorker final : public CapturedWorker {
 public:
  PluginWorker(FlowEngine& engine, CapturePluginSource& source, std::uint32_t index);

  // Never called: the plugin captures, and passes on each packet.
  bool capture(Thread&) override { return true; }
  void handle(Thread&, PacketBatch&) override {}

  // Handles a packet of the plugin, flow callbacks and loggers included.
  void handle(Thread& thread, Packet& packet);
  // The thread's capture has ended: flows stay, for the shutdown.
  void finish_traffic(Thread&) override { publish(); }

 private:
  std::int64_t last_packet_time() const override;

  CapturePluginSource& source_;
};

}  // namespace surisim::engine
