// The PacketSource of generated traffic: its workers and receivers take packets from a
// PacketSchedule, and end each flow as its FlowSpec says. Runs on packet threads.
#include <netinet/in.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "abi/host.hpp"
#include "threads/thread_names.hpp"
#include "traffic/flow_generator.hpp"
#include "traffic/modules.hpp"
#include "traffic/packet_source.hpp"

namespace surisim::engine {

namespace {

constexpr std::size_t kPacketsInBatch = 64;

// A packet with a copy of its FlowSpec, which the receiver reuses for other flows.
struct QueuedPacket {
  GeneratedPacket packet;
  FlowSpec spec;
};

struct GeneratedBatch final : PacketBatch {
  std::size_t size() const override { return packets.size(); }
  void clear() override { packets.clear(); }
  std::vector<QueuedPacket> packets;
};

class GeneratedWorker;

class GeneratedSource final : public PacketSource {
 public:
  explicit GeneratedSource(const Options& options);
  std::unique_ptr<FlowWorker> make_worker(FlowEngine& engine, std::uint32_t index) override;
  std::unique_ptr<Module> make_receiver(FlowEngine& engine, std::uint32_t index,
                                        std::vector<PacketQueue*> queues) override;

  // The packets of the index-th capturing thread.
  PacketSchedule schedule(std::uint32_t index) { return {distributor_, index, open_}; }
  std::uint32_t inputs() const { return inputs_; }
  bool is_file() const { return is_file_; }
  std::uint32_t open() const { return open_; }
  const std::vector<GeneratedWorker*>& workers() const { return workers_; }

 private:
  FlowGenerator generator_;
  std::uint32_t inputs_;  // threads that capture
  bool is_file_;          // packets have record numbers, as those of a capture file
  std::uint32_t open_;    // flows in flight from each of them
  std::uint32_t places_;  // flows in flight on each worker
  FlowDistributor distributor_;
  std::vector<GeneratedWorker*> workers_;  // by index
};

class GeneratedWorker final : public FlowWorker {
 public:
  GeneratedWorker(FlowEngine& engine, GeneratedSource& source, std::uint32_t index,
                  std::uint32_t places)
      : FlowWorker(engine, index),
        source_(source),
        alerts_(engine.eve.wanted() ? engine.options.traffic.alerts : 0),
        places_(places, nullptr) {}

  bool capture(Thread& thread) override;
  void handle(Thread& thread, PacketBatch& batch) override;
  void finish_traffic(Thread& thread) override;
  FlowBatch take_open_flows() override;

 private:
  void handle(Thread& thread, const GeneratedPacket& generated);
  void handle(Thread& thread, Flow& flow, const GeneratedPacket& generated);
  void follow(TcpStreams& streams, const GeneratedPacket& generated) const;
  // Null: out of memory.
  Flow* open(Thread& thread, const GeneratedPacket& generated);
  void close(Flow* flow);
  void end_idle(Thread& thread);

  GeneratedSource& source_;
  const double alerts_;        // share of packets
  std::vector<Flow*> places_;  // flows with more packets to come
  FlowBatch silent_;           // flows that get no more packets, and stay open when traffic ends
  FlowBatch used_;             // idle flows, to be taken under memory pressure
  FlowBatch replaced_;         // flows that this packet ended by TCP reuse
  Inbox<Flow*> bucket_;        // timed-out flows for this worker to find
  RawPacket raw_{};            // packet_'s bytes
};

class GeneratedReceiver final : public Receiver {
 public:
  GeneratedReceiver(FlowEngine& engine, GeneratedSource& source, std::uint32_t index,
                    std::vector<PacketQueue*> queues)
      : Receiver(engine, std::move(queues)), source_(source), index_(index) {}

 private:
  bool capture(Thread& thread) override;
  std::unique_ptr<PacketBatch> make_batch() const override {
    return std::make_unique<GeneratedBatch>();
  }

  GeneratedSource& source_;
  const std::uint32_t index_;
};

// The number of open flows of a capturing thread; a receiver has the flows of all workers.
std::uint32_t open_of(const Options& options) {
  constexpr std::uint32_t kMostOpen = 4096;
  const std::uint32_t each = options.traffic.open_flows;
  if (options.mode != Mode::autofp) return each;
  const std::uint64_t wanted = std::uint64_t{each} * options.threads;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(wanted, std::max<std::uint32_t>(each, kMostOpen)));
}

GeneratedSource::GeneratedSource(const Options& options)
    : generator_(options.traffic),
      inputs_(capturing_threads(options)),
      is_file_(!is_live(capture_of(options))),
      open_(open_of(options)),
      places_(options.mode == Mode::autofp ? open_ * inputs_ : open_),
      distributor_(generator_, inputs_) {}

std::unique_ptr<FlowWorker> GeneratedSource::make_worker(FlowEngine& engine, std::uint32_t index) {
  auto worker = std::make_unique<GeneratedWorker>(engine, *this, index, places_);
  workers_.push_back(worker.get());
  return worker;
}

std::unique_ptr<Module> GeneratedSource::make_receiver(FlowEngine& engine, std::uint32_t index,
                                                       std::vector<PacketQueue*> queues) {
  return std::make_unique<GeneratedReceiver>(engine, *this, index, std::move(queues));
}

bool GeneratedReceiver::capture(Thread& thread) {
  PacketSchedule schedule = source_.schedule(index_);
  GeneratedPacket generated;
  return engine_.capture_all(thread, [&] {
    if (!schedule.next(generated)) return false;
    generated.record += source_.is_file() ? 1 : 0;
    thread.context().counters.packets.add();
    const std::size_t to = generated.spec->flow_hash / source_.inputs() % workers();
    auto& packets = static_cast<GeneratedBatch&>(batch_of(to)).packets;
    packets.push_back({generated, *generated.spec});
    // Receivers use different places of a worker.
    packets.back().packet.place += index_ * source_.open();
    if (packets.size() >= kPacketsInBatch) send(to);
    return true;
  });
}

bool GeneratedWorker::capture(Thread& thread) {
  PacketSchedule schedule = source_.schedule(index_);
  GeneratedPacket generated;
  return engine_.capture_all(thread, [&] {
    if (!schedule.next(generated)) return false;
    generated.record += source_.is_file() ? 1 : 0;
    handle(thread, generated);
    return true;
  });
}

void GeneratedWorker::handle(Thread& thread, PacketBatch& batch) {
  for (QueuedPacket& queued : static_cast<GeneratedBatch&>(batch).packets) {
    if (engine_.abort.load(std::memory_order_relaxed) || fails_now(thread)) return;
    queued.packet.spec = &queued.spec;
    handle(thread, queued.packet);
  }
}

void GeneratedWorker::handle(Thread& thread, const GeneratedPacket& generated) {
  count_packet(thread, generated.bytes);
  fill_packet(*packet_, raw_, generated);
  if (generated.no_flow) {
    // Memory pressure: another packet like this one gets no flow (L35).
    thread.context().counters.packets.add();
    without_flow(thread);
  }
  Flow*& place = places_[generated.place];
  // If memory was exhausted, the flow's next packet tries again.
  if (generated.first || place == nullptr) {
    // A reused flow ends after the first packet of the new one (L33).
    if (place != nullptr) {
      side_of(place)->data = {};  // no unread data: only a closed session can be reused (T13)
      replaced_.push_back(place);
    }
    place = open(thread, generated);
  }
  if (place != nullptr) {
    handle(thread, *place, generated);
  } else {
    without_flow(thread);
  }
  end_idle(thread);
  if (generated.last && place != nullptr && generated.spec->end != End::reuse)
    close(std::exchange(place, nullptr));
}

void GeneratedWorker::handle(Thread& thread, Flow& flow, const GeneratedPacket& generated) {
  const FlowLock lock(flow);
  packet_->flow = &flow;
  engine::count_packet(flow, *packet_, generated);
  update(thread, flow);
  if (packet_->proto == IPPROTO_UDP) detect_protocol(flow);
  if (TcpStreams* const streams = side_of(&flow)->streams.get()) follow(*streams, generated);
  log_packet(thread, alerts_ > 0 && raises_alert(alerts_, generated));
}

// The first three packets of a flow are its handshake; the others carry data and acknowledge the
// other side's. A flow that has no unread data at its end has been closed.
void GeneratedWorker::follow(TcpStreams& streams, const GeneratedPacket& generated) const {
  constexpr std::uint32_t kHandshake = 3;
  if (generated.number < kHandshake) return;
  const abi::PacketLayout& in = abi::in_packet();
  streams.of(generated.to_server)
      .append({in.payload(*packet_), in.payload_len(*packet_)}, abi::host().stream_depth);
  streams.acked(!generated.to_server) = streams.of(!generated.to_server).end();
  streams.closed = generated.last && !generated.spec->has_data;
}

Flow* GeneratedWorker::open(Thread& thread, const GeneratedPacket& generated) {
  const FlowSpec& spec = *generated.spec;
  Flow* flow = nullptr;
  if (!used_.empty()) {
    // Memory pressure: a used flow ends here, and its memory becomes the new flow (L31, L33).
    flow = used_.back();
    used_.pop_back();
    engine_.finish(thread, *flow, End::pressure, decoder_loggers_);
  } else {
    flow = engine_.pool.take(spare_);
    if (flow == nullptr) return nullptr;
  }
  fill_flow(*flow, spec);
  flow->startts = packet_->ts;
  abi::in_flow().lastts(*flow) = packet_->ts;
  flow->thread_id[0] = flow->thread_id[1] =
      static_cast<std::uint16_t>(abi::in_thread().id(*thread.tv()));
  FlowSide& side = *side_of(flow);
  side.number = spec.index + 1;
  side.end = spec.end;
  side.data = {spec.has_data, spec.has_data};
  side.backstop = spec.backstop;
  side.worker = index_;
  side.tcp = {};
  if (spec.proto == IPPROTO_TCP && engine_.eve.streaming_loggers_run())
    side.streams = std::make_unique<TcpStreams>();
  begin(thread, *flow);
  return flow;
}

// Passes a flow that has had its last packet to where it ends.
void GeneratedWorker::close(Flow* flow) {
  switch (side_of(flow)->end) {
    case End::shutdown_recycler:
      silent_.push_back(flow);
      return;
    case End::pressure:
      used_.push_back(flow);
      return;
    case End::bucket: {
      // Any worker that searches the hash bucket may find the flow, not only this one (L32).
      const auto& workers = source_.workers();
      GeneratedWorker& finder = *workers[(index_ + side_of(flow)->number) % workers.size()];
      if (!finder.bucket_.put(flow)) bucket_.put(flow);  // the finder's traffic has ended already
      return;
    }
    default:
      to_manager(flow);
  }
}

// Ends the flows that the packet has ended, after its own flow has been handled (L32, L33).
void GeneratedWorker::end_idle(Thread& thread) {
  if (!replaced_.empty()) end_batch(thread, replaced_, End::reuse);
  if (bucket_.has_items()) {
    FlowBatch found = bucket_.take_all();
    end_batch(thread, found, End::bucket);
  }
  end_handed_back(thread);
}

void GeneratedWorker::finish_traffic(Thread& thread) {
  FlowWorker::finish_traffic(thread);
  if (engine_.abort.load(std::memory_order_relaxed)) return;
  bucket_.close();
  end_idle(thread);
}

FlowBatch GeneratedWorker::take_open_flows() {
  FlowBatch open;
  for (Flow*& flow : places_) {
    if (flow != nullptr) open.push_back(std::exchange(flow, nullptr));
  }
  FlowBatch bucket = bucket_.take_all();
  for (FlowBatch* batch : {&silent_, &used_, &bucket, &to_manager_}) {
    open.insert(open.end(), batch->begin(), batch->end());
    batch->clear();
  }
  return open;
}

}  // namespace

std::unique_ptr<PacketSource> make_generated_source(const Options& options) {
  return std::make_unique<GeneratedSource>(options);
}

}  // namespace surisim::engine
