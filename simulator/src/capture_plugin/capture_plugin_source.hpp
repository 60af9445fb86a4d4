// The PacketSource of a capture plugin: its run mode makes the packet threads, and its modules run
// on them.
//
// When:    from the creation of packet threads to the end of the lifecycle.
// Owner:   the FlowEngine; threads and their modules belong to TmThreads.
// Threads: as tags say; the functions of Suricata that a plugin calls find it by current().
// Source:  runmodes.c (RunModeDispatch), tm-threads.c, tmqh-flow.c.
#pragma once

#include <suricata/tm-threads.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "capture/tcp_session.hpp"
#include "capture_plugin/plugin_thread.hpp"
#include "traffic/packet_source.hpp"

namespace surisim::engine {

class CapturePluginSource final : public PacketSource {
 public:
  explicit CapturePluginSource(const Options& options);
  ~CapturePluginSource() override;

  // The one that runs; null: none.
  static CapturePluginSource* current() noexcept;

  std::unique_ptr<FlowWorker> make_worker(FlowEngine& engine, std::uint32_t index) override;
  std::unique_ptr<Module> make_receiver(FlowEngine&, std::uint32_t,
                                        std::vector<PacketQueue*>) override {
    return nullptr;
  }
  bool makes_threads() const override { return true; }
  expected<std::uint32_t> make_threads(FlowEngine& engine, ThreadMaker& maker) override;

  // TmThreadCreatePacketHandler; null: it is refused, and the log says why. [creator] while the run
  // mode's function runs
  struct ThreadRequest {
    const char* name;
    const char* in_queue;
    const char* in_handler;
    const char* out_queues;
    const char* out_handler;
    const char* function;
    std::string printable_name;
    std::string iface_name;
  };
  ThreadVars* create(const ThreadRequest& request);
  // TmThreadCreate of a thread that runs this function of the plugin's.
  ThreadVars* create_own(const char* name, void* (*function)(void*), bool control);
  TmEcode spawn(ThreadVars& tv);
  void append(ThreadVars& tv, TmModule& module, const void* data);
  PluginWorker& add_worker(FlowEngine& engine);

  // The plugin's thread with this ThreadVars; null: it is not one of the plugin's.
  Thread* thread_of(const ThreadVars* tv) const;
  // Null: it runs a function of the plugin's, and has no modules.
  static PluginThread* module_of(Thread* thread);
  // The calling thread's; null: it is not one of the plugin's.
  static PluginThread* here();
  // As ThreadVars.tmqh_out does. [owner]
  static void pass_on(Thread& thread, Packet& packet);

  std::uint64_t next_number() { return 1 + packets_.fetch_add(1, std::memory_order_relaxed); }
  FlowEngine& engine() { return *engine_; }
  std::uint32_t worker_threads() const { return options_.threads; }
  TcpChecksums& checksums() { return checksums_; }
  std::int64_t last_packet_time() const;

 private:
  PickupQueue& queue(const std::string& name);
  expected<std::string> mode() const;

  const Options& options_;
  TcpChecksums checksums_;
  FlowEngine* engine_ = nullptr;
  ThreadMaker* maker_ = nullptr;  // while the run mode's function runs
  std::uint32_t plugin_ = 0;      // place of the plugin that captures
  std::map<std::string, PickupQueue> queues_;
  std::vector<Thread*> threads_;
  std::vector<const PluginWorker*> workers_;
  std::uint32_t captures_ = 0;  // threads that capture, spawned
  std::atomic<std::uint64_t> packets_{0};
};

}  // namespace surisim::engine
