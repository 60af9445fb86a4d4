#include "traffic/receiver.hpp"

#include <algorithm>
#include <utility>

#include "capture/capture_file.hpp"
#include "traffic/capture_loop.hpp"

namespace surisim::engine {

namespace {
constexpr std::size_t kPacketBatch = 64;
}  // namespace

Ecode Receiver::init(Thread& thread) {
  engine_.init_loggers(thread, decoder_loggers_);
  return Ecode::ok;
}

Ecode Receiver::run(Thread& thread) {
  thread.set_flags(THV_RUNNING);
  engine_.traffic_gate.wait();
  if (!capture(thread)) {
    engine_.main_loop.thread_failed();
    return Ecode::failed;
  }
  for (std::size_t worker = 0; worker < workers(); ++worker) {
    batches_[worker].end = true;
    send(worker);
  }
  if (is_live(capture_of(engine_.options))) engine_.capture_stop.wait();
  return Ecode::done;
}

void Receiver::send(std::size_t worker) {
  PacketQueue& queue = *queues_[worker];
  queue.credit.take();
  queue.channel.push(std::move(batches_[worker]));
  batches_[worker] = queue.spare.try_pop().value_or(PacketBatch());
}

bool GeneratedReceiver::capture(Thread& thread) {
  Schedule schedule(*engine_.dealer, index_, open_);
  PacketStep step;
  return capture_all(engine_, thread, [&] {
    if (!schedule.next(step)) return false;
    thread.context().counters.packets.add();
    const std::size_t to = step.spec->hash / receivers_ % workers();
    std::vector<QueuedPacket>& packets = batch_of(to).generated;
    packets.push_back({step, *step.spec});
    // Places are told apart by receiver: no two of them use the same one on a worker.
    packets.back().step.place += index_ * open_;
    if (packets.size() >= kPacketBatch) send(to);
    return true;
  });
}

bool PcapReceiver::capture(Thread& thread) {
  // Nobody waits for a single packet: with large batches threads wake each other less often.
  most_ = std::clamp<std::size_t>(4096 / workers(), 16, 512);
  CaptureFile file(engine_);
  return capture_all(engine_, thread, [&] {
    return file.next(thread,
                     [&](const decode::Decoded& decoded, std::uint64_t number, std::uint32_t hash) {
                       thread.context().counters.packets.add();
                       queue(decoded, number, hash);
                     });
  });
}

// By hash, or in turn when the packet wants no flow.
void PcapReceiver::queue(const decode::Decoded& decoded, std::uint64_t number, std::uint32_t hash) {
  const bool wants_flow = decoded.rule != decode::FlowRule::none;
  const std::size_t to = (wants_flow ? hash : next_++) % workers();
  PacketBatch& batch = batch_of(to);
  batch.captured.push_back({decoded, number, hash, batch.bytes.size()});
  batch.bytes.insert(batch.bytes.end(), decoded.bytes.begin(), decoded.bytes.end());
  constexpr std::size_t kBytesEach = 512;
  if (batch.captured.size() >= most_ || batch.bytes.size() >= most_ * kBytesEach) send(to);
}

}  // namespace surisim::engine
