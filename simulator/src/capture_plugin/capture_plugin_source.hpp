// The PacketSource of a capture plugin: the plugin's run mode makes the packet threads, and its
// modules run on them. Suricata's functions that the plugin calls meanwhile find the source with
// current().
//
// When:    from the creation of packet threads to the end of the lifecycle.
// Owner:   the FlowEngine; threads and their modules belong to TmThreads.
// Threads: [creator] while the run mode makes threads, unless a tag says otherwise; then any.
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

  // The source of the running lifecycle; null: it has no capture plugin.
  static CapturePluginSource* current() noexcept;

  std::unique_ptr<FlowWorker> make_worker(FlowEngine& engine, std::uint32_t index) override;
  std::unique_ptr<Module> make_receiver(FlowEngine&, std::uint32_t,
                                        std::vector<PacketQueue*>) override {
    return nullptr;
  }
  bool makes_threads() const override { return true; }
  expected<std::uint32_t> make_threads(FlowEngine& engine, ThreadMaker& maker) override;

  // TmThreadCreatePacketHandler, while the run mode's function runs. Null: refused; the log says
  // why.
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
  // TmThreadCreate of a thread that runs this function of the plugin. Null: as create().
  ThreadVars* create_custom(const char* name, void* (*function)(void*), bool control);
  TmEcode spawn(ThreadVars& tv);
  void append(ThreadVars& tv, TmModule& module, const void* data);
  PluginWorker& add_worker(FlowEngine& engine);

  // The thread of the plugin that has this ThreadVars; null: none has.
  Thread* thread_of(const ThreadVars* tv) const;
  // Null: the thread runs a function of the plugin, and has no modules.
  static PluginThread* module_of(Thread* thread);
  // module_of() the calling thread; null: it is not a thread of the plugin.
  static PluginThread* here();
  // Passes the packet on as ThreadVars.tmqh_out does. [owner]
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
  std::uint32_t plugin_ = 0;      // index of the plugin that captures
  std::map<std::string, PickupQueue> queues_;
  std::vector<Thread*> threads_;
  std::vector<const PluginWorker*> workers_;
  std::uint32_t captures_ = 0;  // spawned threads that capture
  std::atomic<std::uint64_t> packets_{0};
};

}  // namespace surisim::engine
