// Creates threads: their names, order and number. Source: runmodes.c, util-runmodes.c; L5 to L14.
#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/engine.hpp"
#include "threads/thread_names.hpp"
#include "traffic/modules.hpp"
#include "traffic/packet_source.hpp"

namespace surisim::engine {

expected<Thread*> Engine::create_thread(ThreadSpec spec, std::unique_ptr<Module> module) {
  const std::string name = spec.name;
  const bool fail_create = faults_.fails(Fault::Kind::thread_create, name);
  const std::uint64_t hits = faults_.hits();
  Thread* const thread = threads_.create(std::move(spec), std::move(module), fail_create);
  const auto refused = [this](std::string why, ErrorCode code = ErrorCode::engine_refused) {
    return tl::unexpected<Error>(refuse(std::move(why), code).error());
  };
  if (thread == nullptr) {
    if (fail_create)
      return refused(fmt::format("thread {} could not be created (injected fault)", name));
    if (faults_.hits() != hits)
      return refused(fmt::format("out of memory for thread {} (injected fault)", name));
    return refused(fmt::format("out of memory for thread {}", name), ErrorCode::out_of_memory);
  }
  thread->fail_init = faults_.fails(Fault::Kind::thread_init, name);
  thread->fail_start = faults_.fails(Fault::Kind::thread_start, name);
  thread->fail_run = faults_.fails(Fault::Kind::thread_run, name);
  return thread;
}

Engine::Outcome Engine::spawn_thread(Thread& thread) {
  const std::string name = thread.name();
  const bool fail_spawn = faults_.fails(Fault::Kind::thread_spawn, thread.spec().name);
  if (const int error = threads_.spawn(thread, fail_spawn); error != 0) {
    if (fail_spawn)
      return refuse(
          fmt::format("the system refused thread {} (injected fault): fatal for the engine", name));
    return refuse(fmt::format("the system refused thread {} of {}: {}", name, threads_.all().size(),
                              std::strerror(error)),
                  ErrorCode::out_of_threads);
  }
  return {};
}

Engine::Outcome Engine::add_thread(ThreadSpec spec, std::unique_ptr<Module> module) {
  const auto thread = create_thread(std::move(spec), std::move(module));
  if (!thread) return tl::unexpected<Error>(thread.error());
  return spawn_thread(**thread);
}

// Lets a source make its threads itself.
Engine::Outcome Engine::add_sources_threads() {
  struct Maker final : ThreadMaker {
    explicit Maker(Engine& to) : engine(to) {}
    virtual ~Maker() = default;
    Thread* create(ThreadSpec spec, std::unique_ptr<Module> module) override {
      const auto thread = engine.create_thread(std::move(spec), std::move(module));
      if (!thread) outcome = tl::unexpected<Error>(thread.error());
      return thread ? *thread : nullptr;
    }
    bool spawn(Thread& thread) override {
      Outcome spawned = engine.spawn_thread(thread);
      if (!spawned) outcome = spawned;
      return spawned.has_value();
    }
    Engine& engine;
    Outcome outcome;
  } maker(*this);
  const auto captures = flows_->source->make_threads(*flows_, maker);
  if (!maker.outcome) return maker.outcome;
  if (!captures) return refuse(captures.error().message, captures.error().code);
  flows_->main_loop.arm(*captures);
  return {};
}

Engine::Outcome Engine::add_management(const std::string& name, std::unique_ptr<Module> module) {
  ThreadSpec spec{.name = name,
                  .type = TVT_MGMT,
                  .function = ThreadFunction::management,
                  .created_by = "TmThreadCreateMgmtThreadByName"};
  return add_thread(std::move(spec), std::move(module));
}

Engine::Outcome Engine::add_custom_thread(const char* name, std::unique_ptr<Module> module) {
  ThreadSpec spec{.name = name,
                  .type = TVT_MGMT,
                  .function = ThreadFunction::custom,
                  .modules = 0,
                  .control = true,
                  .created_by = "TmThreadCreateMgmtThread"};
  return add_thread(std::move(spec), std::move(module));
}

Engine::Outcome Engine::add_capture_workers() {
  const std::uint32_t workers = capturing_threads(options_);
  for (std::uint32_t i = 0; i < workers; ++i)
    flows_->workers.push_back(flows_->source->make_worker(*flows_, i));
  flows_->main_loop.arm(workers);
  std::uint32_t index = 0;
  for (const auto& [device, threads] : sources_of(options_)) {
    for (std::uint32_t i = 1; i <= threads; ++i) {
      // Receive, decode and FlowWorker; live captures also have RespondReject.
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
  const std::uint32_t batches = std::clamp(512u / options_.threads, 2u, 16u);
  std::vector<PacketQueue*> queues;
  for (std::uint32_t i = 0; i < options_.threads; ++i) {
    flows_->workers.push_back(flows_->source->make_worker(*flows_, i));
    const char* const name = intern_here(fmt::format("pickup{}", queues.size() + 1));
    auto queue = std::make_unique<PacketQueue>(batches, name);
    queues.push_back(flows_->queues.emplace_back(std::move(queue)).get());
  }
  flows_->main_loop.arm(options_.threads);
  std::uint32_t index = 0;
  for (const auto& [device, threads] : sources_of(options_)) {
    for (std::uint32_t i = 1; i <= threads; ++i) {
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
