// The PacketSource of a capture file: reads and decodes packets, which captured_worker.hpp handles.
// Runs on packet threads while there is traffic; in autofp a receiver reads and decodes, and the
// workers do the rest.
//
// Source:  source-pcap-file.c, flow-manager.c; T1, T12.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "abi/host.hpp"
#include "capture/captured_worker.hpp"
#include "capture/pcap_reader.hpp"
#include "capture/tcp_checksums.hpp"
#include "decode/decode.hpp"
#include "traffic/modules.hpp"
#include "traffic/packet_source.hpp"

namespace surisim::engine {

namespace {

// A CapturedPacket on its way to a worker.
struct QueuedPacket {
  decode::Decoded decoded;
  std::uint64_t number = 0;
  std::uint32_t row = 0;
  std::size_t at = 0;  // where its bytes start in those of the batch
};

struct CapturedBatch final : PacketBatch {
  void clear() override {
    packets.clear();
    bytes.clear();
  }
  std::vector<QueuedPacket> packets;
  std::vector<std::uint8_t> bytes;  // copied: the receiving thread reads on
};

class PcapWorker;

class CaptureSource final : public PacketSource {
 public:
  CaptureSource(const Options& options, std::string directory)
      : options_(options), directory_(std::move(directory)) {}
  expected<void> check() const override;
  std::unique_ptr<FlowWorker> make_worker(FlowEngine& engine, std::uint32_t index) override;
  std::unique_ptr<Module> make_receiver(FlowEngine& engine, std::uint32_t index,
                                        std::vector<PacketQueue*> queues) override;
  std::string damage() const override { return damage_; }

  // Calls `on_packet` with each packet of the file, until traffic ends. False: failed, as an
  // injected fault asks. A file that has become unreadable since check() has no packets, and
  // damage. [worker]
  template <class OnPacket>
  bool capture(FlowEngine& engine, Thread& thread, OnPacket on_packet);
  TcpChecksums& checksums() { return checksums_; }
  // The latest packet time of all workers, µs. Call it after traffic has ended.
  std::int64_t last_packet_time() const;

 private:
  const Options& options_;
  const std::string directory_;
  TcpChecksums checksums_;
  std::string damage_;  // set before the capturing thread is done
  std::vector<const PcapWorker*> workers_;
};

class PcapWorker final : public CapturedWorker {
 public:
  PcapWorker(FlowEngine& engine, CaptureSource& source, std::uint32_t index)
      : CapturedWorker(engine, index, source.checksums()), source_(source) {}

  bool capture(Thread& thread) override;
  void handle(Thread& thread, PacketBatch& batch) override;

 private:
  void handle(Thread& thread, const CapturedPacket& captured);
  std::int64_t last_packet_time() const override { return source_.last_packet_time(); }

  CaptureSource& source_;
};

class PcapReceiver final : public Receiver {
 public:
  // Large batches: threads wake each other less often, and latency does not matter.
  PcapReceiver(FlowEngine& engine, CaptureSource& source, std::vector<PacketQueue*> queues)
      : Receiver(engine, std::move(queues)),
        source_(source),
        most_(std::clamp<std::size_t>(4096 / workers(), 16, 512)) {}

 private:
  bool capture(Thread& thread) override;
  std::unique_ptr<PacketBatch> make_batch() const override {
    return std::make_unique<CapturedBatch>();
  }
  void queue(const CapturedPacket& captured);

  CaptureSource& source_;
  const std::size_t most_;  // packets in a batch
  std::size_t next_ = 0;    // worker of the next packet without a flow
};

expected<void> CaptureSource::check() const {
  const auto reader = PcapReader::open(options_.pcap, directory_);
  if (!reader) return tl::unexpected<Error>(reader.error());
  return {};
}

std::unique_ptr<FlowWorker> CaptureSource::make_worker(FlowEngine& engine, std::uint32_t index) {
  auto worker = std::make_unique<PcapWorker>(engine, *this, index);
  workers_.push_back(worker.get());
  return worker;
}

std::unique_ptr<Module> CaptureSource::make_receiver(FlowEngine& engine, std::uint32_t,
                                                     std::vector<PacketQueue*> queues) {
  return std::make_unique<PcapReceiver>(engine, *this, std::move(queues));
}

template <class OnPacket>
bool CaptureSource::capture(FlowEngine& engine, Thread& thread, OnPacket on_packet) {
  checksums_.configure();
  auto reader = PcapReader::open(options_.pcap, directory_);
  if (!reader) damage_ = reader.error().message;
  decode::Decoder decoder(abi::host().decoding);
  std::uint64_t records = 0;
  std::uint64_t packets = 0;
  return engine.capture_all(thread, [&] {
    decode::Record record;
    if (!reader) return false;
    if (!reader->next(record)) {
      damage_ = reader->damage();
      return false;
    }
    ThreadCounters& counters = thread.context().counters;
    counters.records.add();
    counters.record_bytes.add(record.bytes.size());
    checksums_.record_read(++records);
    decoder.decode(record, [&](const decode::Decoded& decoded) {
      const bool wants_flow = decoded.rule != decode::FlowRule::none;
      on_packet(CapturedPacket{decoded, ++packets, wants_flow ? row_of(decoded.key) : 0});
    });
    return true;
  });
}

std::int64_t CaptureSource::last_packet_time() const {
  std::int64_t last = 0;
  for (const PcapWorker* worker : workers_) last = std::max(last, worker->packet_time());
  return last;
}

bool PcapReceiver::capture(Thread& thread) {
  return source_.capture(engine_, thread, [&](const CapturedPacket& captured) {
    thread.context().counters.packets.add();
    queue(captured);
  });
}

// To the worker that the hash picks; packets without a flow go to the workers in turn.
void PcapReceiver::queue(const CapturedPacket& captured) {
  const decode::Decoded& decoded = captured.decoded;
  const bool wants_flow = decoded.rule != decode::FlowRule::none;
  const std::size_t to = (wants_flow ? captured.row : next_++) % workers();
  auto& batch = static_cast<CapturedBatch&>(batch_of(to));
  batch.packets.push_back({decoded, captured.number, captured.row, batch.bytes.size()});
  batch.bytes.insert(batch.bytes.end(), decoded.bytes.begin(), decoded.bytes.end());
  constexpr std::size_t kBytesEach = 512;
  if (batch.packets.size() >= most_ || batch.bytes.size() >= most_ * kBytesEach) send(to);
}

bool PcapWorker::capture(Thread& thread) {
  return source_.capture(engine_, thread,
                         [&](const CapturedPacket& captured) { handle(thread, captured); });
}

void PcapWorker::handle(Thread& thread, PacketBatch& any) {
  auto& batch = static_cast<CapturedBatch&>(any);
  for (QueuedPacket& queued : batch.packets) {
    if (engine_.abort.load(std::memory_order_relaxed) || fails_now(thread)) return;
    queued.decoded.bytes = {batch.bytes.data() + queued.at, queued.decoded.bytes.size()};
    handle(thread, CapturedPacket{queued.decoded, queued.number, queued.row});
  }
}

void PcapWorker::handle(Thread& thread, const CapturedPacket& captured) {
  handle_packet(thread, captured);
  sweep_if_due();
}

}  // namespace

std::unique_ptr<PacketSource> make_capture_source(const Options& options,
                                                  const std::string& directory) {
  return std::make_unique<CaptureSource>(options, directory);
}

}  // namespace surisim::engine
