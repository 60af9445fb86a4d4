// Where the packets of a lifecycle come from: the generator, capture files, a capture plugin or a
// test. A new kind of traffic implements this in a room beside capture/. From the FlowWorker on all
// traffic is handled alike: callbacks, records, loggers, recycler, shutdown.
//
// When:    check() before anything starts; make_worker() and make_receiver() while packet threads
//          are created; damage() once traffic has ended.
// Owner:   the FlowEngine owns the source, one per lifecycle, which outlives its workers and
//          receivers.
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

// Creates and starts packet threads for a PacketSource that makes them itself. [creator]
class ThreadMaker {
 public:
  // As TmThreadCreatePacketHandler. Null: the engine exits.
  virtual Thread* create(ThreadSpec spec, std::unique_ptr<Module> module) = 0;
  // As TmThreadSpawn. False: the engine exits.
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
  // The flow worker of the index-th worker thread. It captures packets itself; in autofp it handles
  // those that receivers send.
  virtual std::unique_ptr<FlowWorker> make_worker(FlowEngine& engine, std::uint32_t index) = 0;
  // The module of the index-th RX thread of autofp: a Receiver. `queues` lead to the workers.
  virtual std::unique_ptr<Module> make_receiver(FlowEngine& engine, std::uint32_t index,
                                                std::vector<PacketQueue*> queues) = 0;
  // True: the engine calls make_threads() instead of the two functions above.
  virtual bool makes_threads() const { return false; }
  // Makes the packet threads and returns how many of them capture. Traffic ends when all of these
  // have ended, or the engine is to stop. The error is fatal for the engine.
  virtual expected<std::uint32_t> make_threads(FlowEngine&, ThreadMaker&) { return 0; }
  // The interface through which a test sends packets; null for all other traffic.
  virtual Traffic* by_hand() { return nullptr; }
  // No more packets may come from the test. [creator]
  virtual void end() {}
  // Says which packets are missing and why, in sentences; empty if none are.
  virtual std::string damage() const { return {}; }
};

// Generated traffic (generated_source.cpp).
std::unique_ptr<PacketSource> make_generated_source(const Options& options);
// The packets of these capture files and directories, one after another. Relative names are
// resolved against `directory` (capture/capture_source.cpp).
std::unique_ptr<PacketSource> make_capture_source(std::vector<std::string> pcaps,
                                                  const std::string& directory);
// The packets of Options::capture_plugin (capture_plugin/capture_plugin_source.cpp).
std::unique_ptr<PacketSource> make_capture_plugin_source(const Options& options);
// Packets that a test sends (by_hand/by_hand_source.cpp).
std::unique_ptr<PacketSource> make_by_hand_source(const Options& options);

// Callbacks that a test calls one by one, without packets, and what only the engine calls. The
// Engine makes it on demand, after storage is finalized, and calls end() at the end of the run.
// [main]
class OwnedCallbacksAlone : public CallbacksAlone {
 public:
  // Frees what is left, flows first. Later calls of the other functions are errors.
  virtual void end() = 0;
};
// by_hand/callbacks_alone.cpp
std::unique_ptr<OwnedCallbacksAlone> make_callbacks_alone(TmThreads& threads);

}  // namespace surisim::engine
