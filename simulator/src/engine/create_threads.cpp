// Creates and spawns the threads of a run: their names, order and number (L9 to L11). Called by the
// phases that create threads; where packets come from is make_packet_source().
#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "capture/capture_source.hpp"
#include "engine/engine.hpp"
#include "threads/thread_names.hpp"
#include "trace/context.hpp"
#include "traffic/generated_source.hpp"
#include "traffic/modules.hpp"
#include "traffic/packet_source.hpp"

namespace surisim::engine {

// All that the engine knows of capture/. Weak: without that room it is null.
[[gnu::weak]] std::unique_ptr<PacketSource> make_capture_source(const Options& options);

expected<std::unique_ptr<PacketSource>> make_packet_source(const Options& options) {
  if (options.pcap.empty()) return make_generated_source(options);
  if (make_capture_source != nullptr) return make_capture_source(options);
  return fail(ErrorCode::invalid_option,
              fmt::format("capture file \"{}\" cannot be read: this program is built without the "
                          "capture room; expected generated traffic",
                          options.pcap));
}

bool Engine::kill_while_paused() const { return faults_.asked(Fault::Kind::kill_while_paused); }

Engine::Outcome Engine::add_thread(ThreadSpec spec, std::unique_ptr<Module> module) {
  const std::string name = spec.name;
  const bool fail_create = faults_.fails(Fault::Kind::thread_create, name);
  const std::uint64_t hits = faults_.hits();
  Thread* const thread = threads_.create(std::move(spec), std::move(module), fail_create);
  if (thread == nullptr) {
    if (fail_create) return refuse(fmt::format("thread {} could not be created, as asked", name));
    if (faults_.hits() != hits)
      return refuse(fmt::format("out of memory for thread {}, as asked", name));
    return refuse(fmt::format("out of memory for thread {}", name), ErrorCode::out_of_memory);
  }
  thread->fail_init = faults_.fails(Fault::Kind::thread_init, name);
  thread->fail_run = faults_.fails(Fault::Kind::thread_run, name);
  const bool fail_spawn = faults_.fails(Fault::Kind::thread_spawn, name);
  if (const int error = threads_.spawn(*thread, fail_spawn); error != 0) {
    if (fail_spawn)
      return refuse(
          fmt::format("the system refused thread {}, as asked: fatal for the engine", name));
    return refuse(fmt::format("the system refused thread {} of {}: {}", name, threads_.all().size(),
                              std::strerror(error)),
                  ErrorCode::out_of_threads);
  }
  return {};
}

Engine::Outcome Engine::add_management(const std::string& name, std::unique_ptr<Module> module) {
  ThreadSpec spec{.name = name,
                  .type = TVT_MGMT,
                  .function = ThreadFunction::management,
                  .created_by = "TmThreadCreateMgmtThreadByName"};
  return add_thread(std::move(spec), std::move(module));
}

Engine::Outcome Engine::add_stats_like(const char* name, std::unique_ptr<Module> module) {
  ThreadSpec spec{.name = name,
                  .type = TVT_MGMT,
                  .function = ThreadFunction::custom,
                  .modules = 0,
                  .control = true,
                  .created_by = "TmThreadCreateMgmtThread"};
  return add_thread(std::move(spec), std::move(module));
}

Engine::Outcome Engine::add_capture_workers() {
  const bool single = options_.mode == Mode::single;
  const std::uint32_t each = single ? 1 : options_.threads;
  const std::uint32_t workers = capturing_threads(options_);
  for (std::uint32_t i = 0; i < workers; ++i)
    flows_->workers.push_back(flows_->source->make_worker(*flows_, i));
  flows_->main_loop.arm(workers);
  std::uint32_t index = 0;
  for (const std::string& device : devices_of(options_)) {
    for (std::uint32_t i = 1; i <= each; ++i) {
      // Receive, decode and flow worker; live captures have a module to reject packets too.
      ThreadSpec spec{.name = thread_name("W", i, device), .modules = 3};
      if (live()) {
        spec.printable_name = fmt::format("W#{:02}-{}", i, device);
        spec.iface_name = device;
        spec.modules = 4;
      }
      auto module = std::make_unique<CaptureWorker>(*flows_, index++);
      if (Outcome added = add_thread(std::move(spec), std::move(module)); !added) return added;
    }
  }
  return {};
}

Engine::Outcome Engine::add_receivers() {
  const bool named = receivers_named(options_);
  const std::uint32_t each = live() ? options_.receive_threads : 1;
  const std::uint32_t batches = std::clamp(512u / options_.threads, 2u, 16u);
  std::vector<PacketQueue*> queues;
  for (std::uint32_t i = 0; i < options_.threads; ++i) {
    flows_->workers.push_back(flows_->source->make_worker(*flows_, i));
    queues.push_back(flows_->queues.emplace_back(std::make_unique<PacketQueue>(batches)).get());
  }
  flows_->main_loop.arm(options_.threads);
  std::uint32_t index = 0;
  for (const std::string& device : devices_of(options_)) {
    for (std::uint32_t i = 1; i <= each; ++i) {
      ThreadSpec spec{
          .name = thread_name("RX", i, named ? device : ""), .modules = 2, .out_queues = true};
      if (named) {
        spec.printable_name = fmt::format("RX#{:02}-{}", i, device);
        spec.iface_name = device;
      }
      auto module = flows_->source->make_receiver(*flows_, index++, queues);
      if (Outcome added = add_thread(std::move(spec), std::move(module)); !added) return added;
    }
  }
  return {};
}

Engine::Outcome Engine::add_queue_workers() {
  const std::uint32_t receivers = capturing_threads(options_);
  for (std::uint32_t i = 0; i < options_.threads; ++i) {
    ThreadSpec spec{.name = thread_name("W", i + 1),
                    .function = ThreadFunction::varslot,
                    .modules = live() ? 2 : 1,
                    .in_queue = true};
    auto module = std::make_unique<QueueWorker>(*flows_, *flows_->queues[i], i, receivers);
    if (Outcome added = add_thread(std::move(spec), std::move(module)); !added) return added;
  }
  return {};
}

}  // namespace surisim::engine
