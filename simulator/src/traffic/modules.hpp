// The module of each kind of simulated thread, and the packet queues of autofp.
//
// When:    from the thread's start to its end (threads/simulated_thread.hpp).
// Owner:   a Module: its Thread; a PacketQueue: the FlowEngine.
// Threads: init(), run(), flow_loop() and deinit() on the module's own thread; wake() on any.
// Source:  the modules of the same names; runmodes of autofp, tmqh-flow.c (TmqhOutputFlowHash),
//          flow-manager.c; L9 to L11, L30 to L36.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "threads/simulated_thread.hpp"
#include "trace/context.hpp"
#include "trace/handover.hpp"
#include "traffic/flow_engine.hpp"

namespace surisim::engine {

// A batch of packets from a receiver to a worker. Their PacketSource defines what it holds.
struct PacketBatch {
  PacketBatch() = default;
  virtual ~PacketBatch() = default;
  PacketBatch(const PacketBatch&) = delete;
  PacketBatch& operator=(const PacketBatch&) = delete;
  virtual std::size_t size() const = 0;  // of packets
  virtual void clear() = 0;  // removes the packets, and keeps their memory for the next ones

  bool end = false;  // the receiver's last batch
  HandOver sent{};
};

// Batches to one worker. A null batch is a wake-up to check its flags.
struct PacketQueue {
  PacketQueue(std::uint32_t batches_under_way, const char* queue_name)
      : name(queue_name), credit(batches_under_way) {}
  const char* const name;  // "pickup1" (RunmodeAutoFpCreatePickupQueuesString); interned
  Channel<std::unique_ptr<PacketBatch>> channel;
  Channel<std::unique_ptr<PacketBatch>> spare;  // empty batches on their way back
  Credit credit;
};

// RX of autofp: captures packets and distributes them over the workers' queues.
class Receiver : public Module {
 public:
  Receiver(FlowEngine& engine, std::vector<PacketQueue*> queues)
      : engine_(engine), queues_(std::move(queues)), batches_(queues_.size()) {}
  Ecode init(Thread& thread) final;
  Ecode run(Thread& thread) final;
  void deinit(Thread& thread) final { decoder_loggers_.thread_deinit(thread); }
  bool receives() const final { return true; }

 protected:
  // Captures until traffic ends. False: an injected fault made the thread fail.
  virtual bool capture(Thread& thread) = 0;
  virtual std::unique_ptr<PacketBatch> make_batch() const = 0;

  std::size_t workers() const { return queues_.size(); }
  // The batch that is being filled for a worker.
  PacketBatch& batch_of(std::size_t worker) {
    std::unique_ptr<PacketBatch>& batch = batches_[worker];
    if (batch == nullptr) batch = make_batch();
    return *batch;
  }
  // Sends it; waits while too many batches are under way.
  void send(std::size_t worker);

  FlowEngine& engine_;

 private:
  std::vector<PacketQueue*> queues_;
  std::vector<std::unique_ptr<PacketBatch>> batches_;
  FlowLoggers decoder_loggers_;
};

// W that captures packets itself (modes single and workers).
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
  FlowLoggers decoder_loggers_;  // only initialised: every decoder has them, and ends no flow
};

// W of autofp: handles the packets of its queue.
class QueueWorker final : public Module {
 public:
  QueueWorker(FlowEngine& engine, PacketQueue& queue, std::uint32_t index, std::uint32_t receivers)
      : engine_(engine), queue_(queue), worker_(*engine.workers[index]), inputs_(receivers) {}
  Ecode init(Thread& thread) override;
  Ecode run(Thread& thread) override;
  void flow_loop(Thread& thread) override { worker_.flow_loop(thread); }
  void deinit(Thread& thread) override { worker_.outputs_deinit(thread); }
  void wake() override {
    queue_.channel.push(nullptr);
    worker_.send({});
  }
  bool handles_flows() const override { return true; }

 private:
  FlowEngine& engine_;
  PacketQueue& queue_;
  FlowWorker& worker_;
  std::uint32_t inputs_;  // receivers that have not sent their last batch
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
  // Offline it first waits for packet time, which is known only after the release.
  bool pauses() const override { return live_; }

 private:
  void pass_on(FlowWork work);
  FlowEngine& engine_;
  bool live_;
};

// FR: runs finish callbacks and Free (L31). When killed, it first handles what is queued.
class FlowRecycler final : public Module {
 public:
  explicit FlowRecycler(FlowEngine& engine) : engine_(engine) {}
  Ecode init(Thread& thread) override;
  Ecode run(Thread& thread) override;
  void deinit(Thread& thread) override { loggers_.thread_deinit(thread); }
  void wake() override { engine_.recycler_queue.push({}); }

 private:
  void recycle(Thread& thread, FlowWork work);
  FlowEngine& engine_;
  FlowLoggers loggers_;
};

// CS: writes the statistics when it ends.
class StatsModule final : public Module {
 public:
  explicit StatsModule(Eve& eve) : eve_(eve) {}
  Ecode init(Thread& thread) override;
  Ecode run(Thread& thread) override;
  void deinit(Thread& thread) override { loggers_.thread_deinit(thread); }

 private:
  Eve& eve_;
  StatsLoggers loggers_;
};

// CW, HB (custom threads) and FB (a management thread): do nothing that a plugin could see.
class IdleModule final : public Module {
 public:
  explicit IdleModule(bool management) : management_(management) {}
  Ecode run(Thread& thread) override;

 private:
  bool management_;
};

// DL: a detect loader.
class DetectLoader final : public Module {
 public:
  Ecode run(Thread& thread) override;
};

// US: the unix socket thread. In unix-socket mode it runs lifecycles as jobs (L5, L28).
class UnixManager final : public Module {
 public:
  using Job = std::function<void()>;
  Ecode run(Thread& thread) override;
  void wake() override { jobs_.push({}); }
  bool pauses() const override { return false; }
  // Runs `job` on the thread and waits until it has ended. [main]
  void run_job(const Job& job);

 private:
  struct Request {
    const Job* job = nullptr;
    Latch* done = nullptr;
  };
  Channel<Request> jobs_;
};

}  // namespace surisim::engine
