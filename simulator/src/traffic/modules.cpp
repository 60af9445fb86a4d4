// The loops of simulated threads: what each thread does between its init and its deinit.
#include "traffic/modules.hpp"

#include <suricata/suricata.h>

#include <utility>

#include "abi/process_state.hpp"

namespace surisim::engine {

namespace {

// Runs capture() once traffic may start. Returns false if the thread has failed. An injected fault
// (fail_start) removes the source: a live capture then fails, as ReceiveAFPLoop does; without a
// capture file the engine stops, or goes on to the Unix socket's next file, as ReceivePcapFileLoop.
template <class Capture>
bool run_capture(FlowEngine& engine, Thread& thread, Capture capture) {
  if (!thread.fail_start) {
    thread.set_flags(THV_RUNNING);
    engine.traffic_gate.wait();
    if (capture()) return true;
  } else if (!is_live(capture_of(engine.options))) {
    if (engine.options.engine != EngineMode::unix_socket) EngineStop();
    return true;
  }
  engine.main_loop.thread_failed();
  return false;
}

// Handles what is sent to `queue`, until the thread is killed and the queue is empty.
template <class Handle>
void handle_until_killed(const Thread& thread, Channel<FlowWork>& queue, Handle handle) {
  for (;;) {
    FlowWork work = queue.pop();
    const bool last = thread.has(THV_KILL);
    handle(std::move(work));
    if (!last) continue;
    while (auto rest = queue.try_pop()) {
      // A wake-up may be for another thread that uses the queue: put it back.
      if (rest->flows.empty() && rest->handled == nullptr) {
        queue.push({});
        return;
      }
      handle(*std::move(rest));
    }
    return;
  }
}

}  // namespace

Ecode Receiver::init(Thread& thread) {
  decoder_loggers_.thread_init(thread);
  return Ecode::ok;
}

Ecode Receiver::run(Thread& thread) {
  if (!run_capture(engine_, thread, [&] { return capture(thread); })) return Ecode::failed;
  for (std::size_t worker = 0; worker < workers(); ++worker) {
    batch_of(worker).end = true;
    send(worker);
  }
  if (is_live(capture_of(engine_.options))) engine_.capture_stop.wait();
  return Ecode::done;
}

void Receiver::send(std::size_t worker) {
  PacketQueue& queue = *queues_[worker];
  queue.credit.take();
  PacketBatch& batch = batch_of(worker);
  batch.sent = {};
  if (batch.size() != 0) batch.sent = record_hand_over("packets", batch.size(), queue.name);
  queue.channel.push(std::move(batches_[worker]));
  batches_[worker] = queue.spare.try_pop().value_or(nullptr);
}

Ecode CaptureWorker::init(Thread& thread) {
  decoder_loggers_.thread_init(thread);
  worker_.outputs_init(thread);
  return Ecode::ok;
}

void CaptureWorker::deinit(Thread& thread) {
  decoder_loggers_.thread_deinit(thread);
  worker_.outputs_deinit(thread);
}

Ecode CaptureWorker::run(Thread& thread) {
  if (!run_capture(engine_, thread, [&] { return worker_.capture(thread); })) return Ecode::failed;
  worker_.finish_traffic(thread);
  engine_.main_loop.capture_done();
  if (is_live(capture_of(engine_.options))) engine_.capture_stop.wait();
  return Ecode::done;
}

Ecode QueueWorker::init(Thread& thread) {
  worker_.outputs_init(thread);
  return Ecode::ok;
}

Ecode QueueWorker::run(Thread& thread) {
  while (!thread.has(THV_KILL | THV_REQ_FLOW_LOOP)) {
    std::unique_ptr<PacketBatch> batch = queue_.channel.pop_soon();
    if (batch == nullptr) continue;
    queue_.credit.give();
    record_take_over(batch->sent, "packets");
    worker_.handle(thread, *batch);
    const bool end = std::exchange(batch->end, false);
    if (thread.fail_run && (worker_.fails_now(thread) || end)) {
      engine_.main_loop.thread_failed();
      return Ecode::failed;
    }
    if (end && --inputs_ == 0) {
      worker_.finish_traffic(thread);
      engine_.main_loop.capture_done();
    }
    batch->clear();
    queue_.spare.push(std::move(batch));
  }
  return Ecode::ok;
}

Ecode FlowManager::run(Thread& thread) {
  thread.set_flags(THV_RUNNING);
  // Offline, FM checks PAUSE only once packet time is known.
  if (!live_) engine_.time_ready.wait();
  if (thread.wait_for_unpause())
    handle_until_killed(thread, engine_.manager_queue,
                        [this](FlowWork work) { pass_on(std::move(work)); });
  return Ecode::ok;
}

void FlowManager::pass_on(FlowWork work) {
  if (!work.flows.empty()) engine_.manager_credit.give();
  record_take_over(work.sent, "flows");
  FlowBatch timed_out;
  timed_out.reserve(work.flows.size());
  for (Flow* flow : work.flows) {
    if (side_of(flow)->end == End::handed_back) {
      engine_.workers[side_of(flow)->worker]->send({{flow}});
    } else {
      timed_out.push_back(flow);
    }
  }
  if (!timed_out.empty()) engine_.to_recycler(std::move(timed_out), work.handled);
}

Ecode FlowRecycler::init(Thread& thread) {
  loggers_.thread_init(thread);
  return Ecode::ok;
}

Ecode FlowRecycler::run(Thread& thread) {
  thread.set_flags(THV_RUNNING);
  if (thread.wait_for_unpause())
    handle_until_killed(thread, engine_.recycler_queue,
                        [&](FlowWork work) { recycle(thread, std::move(work)); });
  return Ecode::ok;
}

void FlowRecycler::recycle(Thread& thread, FlowWork work) {
  if (!work.flows.empty()) engine_.recycler_credit.give();
  record_take_over(work.sent, "flows");
  if (!engine_.abort.load(std::memory_order_relaxed)) {
    for (Flow* flow : work.flows) {
      const bool timed_out = side_of(flow)->end == End::recycler;
      engine_.finish(thread, *flow, timed_out ? End::recycler : End::shutdown_recycler, loggers_);
    }
    if (!work.flows.empty()) engine_.pool.give_back(std::move(work.flows));
  }
  if (work.handled != nullptr) work.handled->count_down();
}

Ecode StatsModule::init(Thread& thread) {
  loggers_.thread_init(thread);
  return Ecode::ok;
}

Ecode StatsModule::run(Thread& thread) {
  thread.wait_for(THV_KILL);
  abi::state().counters.ask_globals();
  eve_.stats(thread, loggers_);
  return Ecode::ok;
}

Ecode IdleModule::run(Thread& thread) {
  if (management_) {
    thread.set_flags(THV_RUNNING);
    if (!thread.wait_for_unpause()) return Ecode::ok;
  }
  thread.wait_for(THV_KILL);
  return Ecode::ok;
}

Ecode DetectLoader::run(Thread& thread) {
  thread.set_flags(THV_INIT_DONE | THV_RUNNING);
  if (thread.wait_for_unpause()) thread.wait_for(THV_KILL);
  return Ecode::ok;
}

Ecode UnixManager::run(Thread& thread) {
  thread.set_flags(THV_INIT_DONE | THV_RUNNING);  // and never checks PAUSE (L7)
  while (!thread.has(THV_KILL)) {
    const Request request = jobs_.pop();
    if (request.job == nullptr) continue;
    (*request.job)();
    request.done->count_down();
  }
  return Ecode::ok;
}

void UnixManager::run_job(const Job& job) {
  Latch done(1);
  jobs_.push({&job, &done});
  done.wait();
}

}  // namespace surisim::engine
