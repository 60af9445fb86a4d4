// What each kind of simulated thread runs. Source: the modules of the same names in Suricata.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "threads/thread.hpp"
#include "traffic/flow_worker.hpp"
#include "traffic/packet_queue.hpp"

namespace surisim::engine {

// W that captures for itself, alone or one of many (pcap single, live single, live workers).
class CaptureWorker final : public Module {
 public:
  CaptureWorker(FlowEngine& engine, std::uint32_t index)
      : engine_(engine), worker_(*engine.workers[index]) {}
  Ecode init(Thread& thread) override;
  Ecode run(Thread& thread) override;
  void flow_loop(Thread& thread) override { worker_.flow_loop(thread); }
  void deinit(Thread& thread) override;
  void wake() override { worker_.send({}); }
  bool receives() const override { return true; }
  bool handles_flows() const override { return true; }

 private:
  FlowEngine& engine_;
  FlowWorker& worker_;
  FlowLoggers decoder_loggers_;  // every decoder has some, though it ends no flow
};

// W of autofp: handles what comes out of its queue.
class QueueWorker final : public Module {
 public:
  QueueWorker(FlowEngine& engine, PacketQueue& queue, std::uint32_t index, std::uint32_t receivers)
      : engine_(engine), queue_(queue), worker_(*engine.workers[index]), inputs_(receivers) {}
  Ecode init(Thread& thread) override;
  Ecode run(Thread& thread) override;
  void flow_loop(Thread& thread) override { worker_.flow_loop(thread); }
  void deinit(Thread& thread) override { worker_.outputs_deinit(thread); }
  void wake() override {
    queue_.channel.push({});
    worker_.send({});
  }
  bool handles_flows() const override { return true; }

 private:
  FlowEngine& engine_;
  PacketQueue& queue_;
  FlowWorker& worker_;
  std::uint32_t inputs_;  // that have not ended
};

// FM: hands timed-out flows to FR, and TCP flows with data back to their worker (L32, L36).
class FlowManager final : public Module {
 public:
  FlowManager(FlowEngine& engine, bool live) : engine_(engine), live_(live) {}
  Ecode run(Thread& thread) override;
  void wake() override {
    engine_.time_ready.open();
    engine_.manager_queue.push({});
  }
  // Offline it waits for packet time first, and is released by then.
  bool pauses() const override { return live_; }

 private:
  void pass_on(FlowBatch flows);
  FlowEngine& engine_;
  bool live_;
};

// FR: finish and Free (L31).
class FlowRecycler final : public Module {
 public:
  explicit FlowRecycler(FlowEngine& engine) : engine_(engine) {}
  Ecode init(Thread& thread) override;
  Ecode run(Thread& thread) override;
  void deinit(Thread& thread) override { loggers_.thread_deinit(thread); }
  void wake() override { engine_.recycler_queue.push({}); }

 private:
  FlowEngine& engine_;
  FlowLoggers loggers_;
};

// CS: the statistics, when it is told to end.
class StatsModule final : public Module {
 public:
  explicit StatsModule(Eve& eve) : eve_(eve) {}
  Ecode run(Thread& thread) override;

 private:
  Eve& eve_;
};

// CW, HB (custom) and FB (management): there, but without work that a plugin could see.
class IdleModule final : public Module {
 public:
  explicit IdleModule(bool management) : management_(management) {}
  Ecode run(Thread& thread) override;

 private:
  bool management_;
};

// DL: detect loader of multi-detect.
class DetectLoader final : public Module {
 public:
  Ecode run(Thread& thread) override;
};

// US: the unix socket thread. In unix-socket mode it runs the jobs that it is given (L5, L28).
class UnixManager final : public Module {
 public:
  using Job = std::function<void()>;
  Ecode run(Thread& thread) override;
  void wake() override { jobs_.push({}); }
  bool pauses() const override { return false; }
  // Runs `job` on the thread and waits for its end. [main]
  void run_job(const Job& job);

 private:
  struct Request {
    const Job* job = nullptr;
    Latch* done = nullptr;
  };
  Channel<Request> jobs_;
};

}  // namespace surisim::engine
