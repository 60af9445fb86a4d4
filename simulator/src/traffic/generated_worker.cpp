#include "traffic/generated_worker.hpp"

#include <utility>

#include "traffic/capture_loop.hpp"

namespace surisim::engine {

bool GeneratedWorker::capture(Thread& thread) {
  Schedule schedule(*engine_.dealer, index_, engine_.options.traffic.open_flows);
  PacketStep step;
  return capture_all(engine_, thread, [&] {
    if (!schedule.next(step)) return false;
    handle(thread, step);
    return true;
  });
}

void GeneratedWorker::handle(Thread& thread, PacketBatch& batch) {
  for (QueuedPacket& queued : batch.generated) {
    if (engine_.abort.load(std::memory_order_relaxed) || fails_now(thread)) return;
    queued.step.spec = &queued.spec;
    handle(thread, queued.step);
  }
}

void GeneratedWorker::handle(Thread& thread, const PacketStep& step) {
  count_packet(thread, step.bytes);
  fill_packet(packet_, raw_, step);
  if (step.no_flow) {  // memory pressure: another packet like this one, that gets no flow (L35)
    thread.context().counters.packets.add();
    without_flow(thread);
  }
  Flow*& place = places_[step.place];
  // Without memory for its flow a packet has none, and the next one tries again.
  if (step.first || place == nullptr) {
    // A reused flow stays until the new one has had its first packet (L33).
    if (place != nullptr) {
      side_of(place)->data = {};  // its session has closed, or it could not be reused (T13)
      replaced_.push_back(place);
    }
    place = open(thread, step);
  }
  if (place != nullptr) {
    handle(thread, *place, step);
  } else {
    without_flow(thread);
  }
  end_idle(thread);
  if (step.last && place != nullptr && step.spec->end != End::reuse)
    close(std::exchange(place, nullptr));
}

void GeneratedWorker::handle(Thread& thread, Flow& flow, const PacketStep& step) {
  const FlowLock lock(flow);
  packet_.flow = &flow;
  engine::count_packet(flow, packet_, step);
  update(thread, flow);
  if (packet_.proto == IPPROTO_UDP) detect_protocol(flow);
  log_packet(thread, alerts_ > 0 && is_among(alerts_, step));
}

Flow* GeneratedWorker::open(Thread& thread, const PacketStep& step) {
  const FlowSpec& spec = *step.spec;
  Flow* flow = nullptr;
  if (!used_.empty()) {  // memory pressure: a used flow ends here and is the new one at once (L31,
                         // L33)
    flow = used_.back();
    used_.pop_back();
    engine_.finish(thread, *flow, End::pressure, decoder_loggers_);
  } else {
    flow = engine_.pool.take(spare_);
    if (flow == nullptr) return nullptr;
  }
  fill_flow(*flow, spec);
  flow->startts = packet_.ts;
  flow->lastts = packet_.ts;
  flow->thread_id[0] = flow->thread_id[1] = static_cast<std::uint16_t>(thread.tv()->id);
  FlowSide& side = *side_of(flow);
  side.number = spec.index + 1;
  side.end = spec.end;
  side.data = {spec.has_data, spec.has_data};
  side.backstop = spec.backstop;
  side.worker = index_;
  side.tcp = {};
  begin(thread, *flow);
  return flow;
}

// A flow has had its last packet; who ends it is decided by its kind of end.
void GeneratedWorker::close(Flow* flow) {
  switch (side_of(flow)->end) {
    case End::shutdown_recycler:
      silent_.push_back(flow);
      return;
    case End::pressure:
      used_.push_back(flow);
      return;
    case End::bucket: {
      // Any worker that looks into the bucket may find it, also one that did not create it (L32).
      const std::size_t workers = engine_.workers.size();
      const std::size_t other = (index_ + side_of(flow)->number) % workers;
      auto& finder = static_cast<GeneratedWorker&>(*engine_.workers[other]);
      if (!finder.leave_in_bucket(flow)) leave_in_bucket(flow);
      return;
    }
    default:
      to_manager(flow);
  }
}

bool GeneratedWorker::leave_in_bucket(Flow* flow) {
  const std::lock_guard lock(bucket_mutex_);
  if (bucket_closed_) return false;
  bucket_.push_back(flow);
  bucket_mark_.leave();
  bucket_waits_.store(true, std::memory_order_relaxed);
  return true;
}

// After a packet's own flow has been handled: flows that this packet ended (L32, L33).
void GeneratedWorker::end_idle(Thread& thread) {
  if (!replaced_.empty()) end_batch(thread, replaced_, End::reuse);
  if (bucket_waits_.load(std::memory_order_relaxed)) {
    FlowBatch found;
    {
      const std::lock_guard lock(bucket_mutex_);
      found.swap(bucket_);
      bucket_mark_.take();
      bucket_waits_.store(false, std::memory_order_relaxed);
    }
    end_batch(thread, found, End::bucket);
  }
  end_handed_back(thread);
}

void GeneratedWorker::finish_traffic(Thread& thread) {
  FlowWorker::finish_traffic(thread);
  if (engine_.abort.load(std::memory_order_relaxed)) return;
  {
    const std::lock_guard lock(bucket_mutex_);
    bucket_closed_ = true;
  }
  end_idle(thread);
}

FlowBatch GeneratedWorker::take_open() {
  FlowBatch open;
  for (Flow*& flow : places_) {
    if (flow != nullptr) open.push_back(std::exchange(flow, nullptr));
  }
  for (FlowBatch* batch : {&silent_, &used_, &bucket_, &to_manager_}) {
    open.insert(open.end(), batch->begin(), batch->end());
    batch->clear();
  }
  return open;
}

}  // namespace surisim::engine
