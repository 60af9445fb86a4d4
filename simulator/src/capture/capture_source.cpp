// The PacketSource of a capture file: reads and decodes packets, finds each one's flow, and ends
// flows by packet time. Runs on packet threads while there is traffic; in autofp a receiver reads
// and decodes, and the workers do the rest.
//
// Source:  source-pcap-file.c, flow-hash.c (FlowGetFlowFromHash), flow.c (FlowHandlePacketUpdate),
//          flow-util.c (FlowInit), flow-manager.c; T1 to T3, T6, T12 to T14,
//          T17.
#include <netinet/in.h>
#include <suricata/conf.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "capture/captured_flow.hpp"
#include "capture/pcap_reader.hpp"
#include "capture/shared_rows.hpp"
#include "decode/decode.hpp"
#include "traffic/modules.hpp"
#include "traffic/packet_source.hpp"

namespace surisim::engine {

namespace {

// A packet of the file, while it is handled.
struct CapturedPacket {
  const decode::Decoded& decoded;
  std::uint64_t number;  // from 1; derived packets count
  std::uint32_t row;     // of its flow, in Suricata's hash
};

// The same on its way to a worker.
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

// Decides whether a wrong TCP checksum counts: a packet with one keeps its flow, but the TCP
// session ignores it. configure() and record_read() are called by the capturing thread,
// is_refused() by flow workers. Checks are off unless stream.checksum-validation is on: T10
// describes `suricata -k none`. Source: source-pcap-file-helper.c, util-checksum.c
// (ChecksumAutoModeCheck).
class TcpChecksums {
 public:
  // Reads stream.checksum-validation and pcap-file.checksum-checks.
  void configure();
  // If many of the first records are wrong, the capturing machine is assumed to have left checksums
  // to its network card, and checks stop.
  void record_read(std::uint64_t records);
  bool is_refused(const decode::Decoded& packet) { return checks_ && !is_right(packet); }

 private:
  bool is_right(const decode::Decoded& packet);

  bool checks_ = false;
  bool may_stop_ = false;  // auto
  std::atomic<bool> stopped_{false};
  std::atomic<std::uint64_t> wrong_{0};
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

class PcapWorker final : public FlowWorker {
 public:
  PcapWorker(FlowEngine& engine, CaptureSource& source, std::uint32_t index)
      : FlowWorker(engine, index), source_(source) {}

  bool capture(Thread& thread) override;
  void handle(Thread& thread, PacketBatch& batch) override;
  FlowBatch take_open_flows() override;
  std::int64_t packet_time() const { return now_; }

 private:
  void handle(Thread& thread, const CapturedPacket& captured);
  TrackedFlow* flow_of(Thread& thread, const CapturedPacket& captured);
  // The table's hash of the packet's flow.
  static std::uint32_t hash_of(const CapturedPacket& captured);
  // Takes a flow that a packet at `time` ends out of the table, into `batch`.
  void end_by_packet(TrackedFlow* tracked, std::int64_t time, FlowBatch& batch);
  void forget(TrackedFlow* tracked);
  // Null: no memory for one.
  TrackedFlow* open(Thread& thread, const CapturedPacket& captured);
  void handle(Thread& thread, TrackedFlow& tracked, const decode::Decoded& decoded);
  void sweep();

  // Packets between two searches for flows that have timed out. Suricata's flow manager searches
  // about once a second of real time, in which a worker handles at least this many packets. With
  // more open flows than that, the interval is the number of flows.
  static constexpr std::uint64_t kSweepEvery = 65'536;

  CaptureSource& source_;
  FlowTable flows_;
  SharedRows rows_;
  FlowBatch timed_out_;   // found so by a packet of their own
  FlowBatch replaced_;    // by TCP reuse
  std::int64_t now_ = 0;  // packet time, µs
  std::uint64_t until_sweep_ = kSweepEvery;
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

bool is_tcp(const decode::Decoded& decoded) {
  return decoded.proto == IPPROTO_TCP && decoded.l4 != decode::kNowhere;
}

DataLeft data_left(const TcpSession& session) {
  return {session.has_work_left(true), session.has_work_left(false)};
}

// Decides how the flow ends: on its worker if it has unread data (T14), else on the recycler.
void settle_end(const TrackedFlow& tracked, std::int64_t now) {
  FlowSide& side = *side_of(tracked.flow);
  side.data = data_left(tracked.tcp);
  side.end = side.data.any() ? End::handed_back : End::recycler;
  side.ended_at = now;
}

void TcpChecksums::configure() {
  int on = 0;
  checks_ = SCConfGetBool("stream.checksum-validation", &on) == 1 && on != 0;
  const char* mode = nullptr;
  const bool has_mode = SCConfGet("pcap-file.checksum-checks", &mode) == 1 && mode != nullptr;
  may_stop_ = !has_mode || std::strcmp(mode, "auto") == 0;
  stopped_ = has_mode && SCConfValIsFalse(mode) == 1;
  wrong_ = 0;
}

void TcpChecksums::record_read(std::uint64_t records) {
  constexpr std::uint64_t kSample = 1000;
  constexpr std::uint64_t kRatio = 10;
  if (!may_stop_ || records != kSample) return;
  const std::uint64_t wrong = wrong_.load(std::memory_order_relaxed);
  if (wrong != 0 && records / wrong < kRatio) stopped_ = true;
}

// As in Suricata, a packet derived from a record is checked even when the record is not.
bool TcpChecksums::is_right(const decode::Decoded& packet) {
  if (!packet.derived && stopped_.load(std::memory_order_relaxed)) return true;
  if (has_right_tcp_checksum(packet)) return true;
  wrong_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

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
  decode::Decoder decoder;
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
  const decode::Decoded& decoded = captured.decoded;
  count_packet(thread, decoded.bytes.size());
  if (decoded.derived) thread.context().counters.derived.add();
  now_ = decoded.time;
  fill_packet(packet_, decoded, captured.row);
  TrackedFlow* const tracked = flow_of(thread, captured);
  if (tracked == nullptr) {
    without_flow(thread);
  } else {
    handle(thread, *tracked, decoded);
  }
  if (!replaced_.empty()) end_batch(thread, replaced_, End::reuse);
  if (!timed_out_.empty()) end_batch(thread, timed_out_, End::bucket);
  end_handed_back(thread);
  if (--until_sweep_ == 0) sweep();
}

// The packet's flow, which the packet may start; null if it has none. A flow with the same key that
// has timed out or is reused ends after this packet (L32, L33), and so do timed-out flows that the
// packet meets in the row (T17).
TrackedFlow* PcapWorker::flow_of(Thread& thread, const CapturedPacket& captured) {
  using decode::FlowRule;
  const decode::Decoded& decoded = captured.decoded;
  if (decoded.rule == FlowRule::none) return nullptr;
  TrackedFlow* const found =
      flows_.find(decoded.key, hash_of(captured), decoded.rule == FlowRule::one_way);
  if (shares_row(decoded.key)) {
    const bool stays = found != nullptr && !is_timed_out(*found->flow, decoded.time);
    for (TrackedFlow* late :
         rows_.late_before(captured.row, stays ? found : nullptr, decoded.time)) {
      if (late != found) end_by_packet(late, decoded.time, timed_out_);
    }
  }
  if (found != nullptr) {
    const bool late = is_timed_out(*found->flow, decoded.time);
    const bool reused =
        !late && is_tcp(decoded) && (decoded.tcp.flags & kTcpSyn) != 0 &&
        found->tcp.is_replaced_by(segment_of(decoded, is_to_server(*found->flow, decoded)));
    if (!late && !reused) return found;
    end_by_packet(found, decoded.time, late ? timed_out_ : replaced_);
  }
  return decoded.rule == FlowRule::existing ? nullptr : open(thread, captured);
}

std::uint32_t PcapWorker::hash_of(const CapturedPacket& captured) {
  const decode::FlowKey& key = captured.decoded.key;
  return shares_row(key) ? engine::hash_of(key) : captured.row;
}

void PcapWorker::end_by_packet(TrackedFlow* tracked, std::int64_t time, FlowBatch& batch) {
  side_of(tracked->flow)->ended_at = time;
  side_of(tracked->flow)->data = data_left(tracked->tcp);
  batch.push_back(tracked->flow);
  forget(tracked);
}

void PcapWorker::forget(TrackedFlow* tracked) {
  if (shares_row(tracked->key)) rows_.erase(*tracked);
  flows_.erase(tracked);
}

TrackedFlow* PcapWorker::open(Thread& thread, const CapturedPacket& captured) {
  Flow* const flow = engine_.pool.take(spare_);
  if (flow == nullptr) return nullptr;
  fill_flow(*flow, packet_, captured.decoded);
  flow->thread_id[0] = static_cast<std::uint16_t>(thread.tv()->id);
  FlowSide& side = *side_of(flow);
  side.number = captured.number;
  side.end = End::shutdown_recycler;
  side.data = {};
  side.backstop = false;
  side.worker = index_;
  side.ended_at = 0;
  side.tcp = {};
  TrackedFlow& tracked = flows_.insert(captured.decoded.key, hash_of(captured), flow);
  if (shares_row(tracked.key)) {
    constexpr std::int64_t kMicroseconds = 1'000'000;
    rows_.insert(tracked, captured.decoded.time + flow->timeout_policy * kMicroseconds);
  }
  begin(thread, *flow);
  return &tracked;
}

void PcapWorker::handle(Thread& thread, TrackedFlow& tracked, const decode::Decoded& decoded) {
  Flow& flow = *tracked.flow;
  const FlowLock lock(flow);
  packet_.flow = &flow;
  packet_.flags |= PKT_HAS_FLOW;
  engine::count_packet(flow, packet_, decoded, thread.tv()->id);
  update(thread, flow);
  if (is_tcp(decoded) && !source_.checksums().is_refused(decoded)) {
    const TcpSession::State before = tracked.tcp.state();
    tracked.tcp.handle(segment_of(decoded, (packet_.flowflags & FLOW_PKT_TOSERVER) != 0));
    if (tracked.tcp.state() != before) set_state(flow, tracked.tcp.state());
    side_of(&flow)->tcp = {static_cast<std::uint8_t>(tracked.tcp.state()),
                           tracked.tcp.flags_seen(true), tracked.tcp.flags_seen(false)};
    if (tracked.tcp.has_data()) detect_protocol(flow);
  }
  if (packet_.proto == IPPROTO_UDP) detect_protocol(flow);
  log_packet(thread);
}

// Hands flows that have timed out to the flow manager.
void PcapWorker::sweep() {
  std::vector<TrackedFlow*> late;
  flows_.for_each([&](TrackedFlow& tracked) {
    if (is_timed_out(*tracked.flow, now_)) late.push_back(&tracked);
  });
  for (TrackedFlow* tracked : late) {
    settle_end(*tracked, now_);
    to_manager(tracked->flow);
    forget(tracked);
  }
  until_sweep_ = std::max<std::uint64_t>(kSweepEvery, flows_.size());
}

FlowBatch PcapWorker::take_open_flows() {
  const std::int64_t now = source_.last_packet_time();
  FlowBatch open = std::exchange(to_manager_, {});
  open.reserve(open.size() + flows_.size());
  flows_.for_each([&](const TrackedFlow& tracked) {
    settle_end(tracked, now);
    open.push_back(tracked.flow);
  });
  flows_ = FlowTable();
  rows_ = SharedRows();
  return open;
}

}  // namespace

std::unique_ptr<PacketSource> make_capture_source(const Options& options,
                                                  const std::string& directory) {
  return std::make_unique<CaptureSource>(options, directory);
}

}  // namespace surisim::engine
