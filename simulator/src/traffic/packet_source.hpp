// Where the packets of a lifecycle come from: the generator, a capture file, a test, or a new kind
// of traffic in a room of its own beside capture/. From the FlowWorker on all traffic is handled
// alike: callbacks, records, loggers, recycler, shutdown. And callbacks alone, without packets.
//
// When:    check() before anything starts; make_worker() and make_receiver() while packet threads
//          are created; damage() once traffic has ended.
// Owner:   the FlowEngine, one source for each lifecycle; it outlives its workers and receivers.
// Threads: [creator]
// Source:  runmode-*.c and source-*.c, which register a run mode's receive modules.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "surisim/callbacks_alone.hpp"
#include "surisim/error.hpp"
#include "surisim/options.hpp"
#include "surisim/traffic.hpp"
#include "threads/simulated_thread.hpp"
#include "threads/tm_threads.hpp"
#include "traffic/flow_engine.hpp"

namespace surisim::engine {

// Makes packet threads for a PacketSource that has its own, one after the other. [creator]
class ThreadMaker {
 public:
  // TmThreadCreatePacketHandler. Null: the engine exits.
  virtual Thread* create(ThreadSpec spec, std::unique_ptr<Module> module) = 0;
  // TmThreadSpawn. False: the engine exits.
  virtual bool spawn(Thread& thread) = 0;

 protected:
  ~ThreadMaker() = default;
};

class PacketSource {
 public:
  PacketSource() = default;
  virtual ~PacketSource() = default;
  PacketSource(const PacketSource&) = delete;
  PacketSource& operator=(const PacketSource&) = delete;

  // The error says why there would be no packets. The options are valid.
  virtual expected<void> check() const { return {}; }
  // The flow worker of the index-th worker thread, which captures packets itself or, in autofp,
  // handles those that receivers send.
  virtual std::unique_ptr<FlowWorker> make_worker(FlowEngine& engine, std::uint32_t index) = 0;
  // The module of the index-th RX thread of autofp: a Receiver. `queues` lead to the workers.
  virtual std::unique_ptr<Module> make_receiver(FlowEngine& engine, std::uint32_t index,
                                                std::vector<PacketQueue*> queues) = 0;
  // True: make_threads() makes the packet threads, in place of the two above. Traffic ends when
  // they have all ended their captures, or the engine is to stop.
  virtual bool makes_threads() const { return false; }
  // The number of threads that capture. The error is fatal for the engine.
  virtual expected<std::uint32_t> make_threads(FlowEngine&, ThreadMaker&) { return 0; }
  // Traffic by hand: null if packets come by themselves.
  virtual Traffic* by_hand() { return nullptr; }
  // By hand: no more packets are to come, now or ever. [creator]
  virtual void end() {}
  // A sentence, or several, that says which packets are missing and why; empty if none are.
  virtual std::string damage() const { return {}; }
};

// Generated traffic: the specification of each flow says how it ends (generated_source.cpp).
std::unique_ptr<PacketSource> make_generated_source(const Options& options);
// The packets of these capture files and directories, one after another; relative names are in
// `directory` (capture/capture_source.cpp).
std::unique_ptr<PacketSource> make_capture_source(std::vector<std::string> pcaps,
                                                  const std::string& directory);

// Those of Options::capture_plugin (capture_plugin/capture_plugin_source.cpp).
std::unique_ptr<PacketSource> make_capture_plugin_source(const Options& options);
// Packets that the caller sends (by_hand/by_hand_source.cpp).
std::unique_ptr<PacketSource> make_by_hand_source(const Options& options);

// Callbacks alone, as the engine sees them: made on demand, and ended before the run is.
//
// When:    after storage is finalized, until the run's end.
// Owner:   the Engine.
// Threads: [main]
// Source:  surisim/callbacks_alone.hpp.

class Alone : public CallbacksAlone {
 public:
  // Frees what is left, flows first. Later calls of the other functions are errors.
  virtual void end() = 0;
};

// by_hand/callbacks_alone.cpp
std::unique_ptr<Alone> make_alone(TmThreads& threads);

}  // namespace surisim::engine
