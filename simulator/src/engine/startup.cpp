// The phases from storage init to the end of traffic, one method each. Source: suricata.c,
// runmodes.c; L1 to L14.
#include <fmt/core.h>
#include <suricata/flow-storage.h>
#include <suricata/output.h>
#include <suricata/thread-storage.h>

#include "abi/process_state.hpp"
#include "abi/storage_access.hpp"
#include "engine/engine.hpp"
#include "threads/thread_names.hpp"
#include "trace/context.hpp"

namespace surisim::engine {

namespace {

// Suricata's own slots never hold a value here.
void free_nothing(void*) {}

void own_slot(StorageEnum type, const char* name) {
  abi::register_slot(type, name, free_nothing, nullptr);
}

}  // namespace

void Engine::storage_init() {
  SCStorageInit();
  record(EventKind::storage_init);
}

void Engine::register_before() {
  {
    const FunctionScope scope("RegisterFlowBypassInfo");
    own_slot(STORAGE_FLOW, "bypass_counters");
  }
  record_call("MacSetRegisterFlowStorage");
  record_call("FlowRateRegisterFlowStorage");
  record_call("SigTableInit");
}

Engine::Outcome Engine::load_plugins() {
  if (checker_ != nullptr) checker_->before_plugins();
  Outcome fatal;
  {
    const FunctionScope scope("SCPluginsLoad");
    for (const PluginSource& source : sources_) {
      fatal = loader_.load(source);
      if (!fatal) break;
    }
  }
  if (!fatal) return refuse(fatal.error().message, ErrorCode::load_failed);
  if (!sources_.empty() && !loader_.any_loaded()) {
    const auto found = ledger_.violations().all();
    return refuse(found.empty() ? "no plugin could be loaded" : found.front().message,
                  ErrorCode::load_failed);
  }
  return {};
}

// What is registered meanwhile does not run, as in Suricata.
void Engine::run_late(JournalCallback kind, const abi::LateRegistrations& registrations) {
  // A copy: a call may add to the list. NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
  const std::vector<abi::LateRegistrations::Entry> all = registrations.all();
  for (const auto& entry : all) loader_.run_late(entry.plugin, kind, entry.call);
}

void Engine::register_after() {
  record_call("LiveDeviceFinalize");
  {
    const FunctionScope scope("AppLayerSetup");
    own_slot(STORAGE_IPPAIR, "expectation");
    own_slot(STORAGE_FLOW, "expectation");
    run_late(JournalCallback::app_layer_register, abi::state().parser_registrations);
  }
  {
    const FunctionScope scope("SigTableSetup");
    run_late(JournalCallback::keywords_register, abi::state().keyword_registrations);
  }
  record_call("TmqhSetup");
  {
    const FunctionScope scope("TagInitCtx");
    own_slot(STORAGE_HOST, "tag");
    own_slot(STORAGE_FLOW, "tag");
  }
  {
    const FunctionScope scope("ThresholdInit");
    own_slot(STORAGE_THREAD, "threshold_cache");
  }
  own_slot(STORAGE_HOST, "bit");
  own_slot(STORAGE_IPPAIR, "bit");
  record_call("RegisterAllModules");
}

Engine::Outcome Engine::finalize() {
  const int result = SCStorageFinalize();
  record(EventKind::storage_finalize, {.value = result});
  if (result != 0) return refuse("out of memory for the storage map", ErrorCode::out_of_memory);
  ledger_.finalized();
  if (checker_ != nullptr) checker_->finalized();
  main_.thread_values = std::vector<ValueCounters>(SCThreadStorageSize() / sizeof(void*));
  main_.flow_values = std::vector<ValueCounters>(SCFlowStorageSize() / sizeof(void*));
  record_call("TmModuleRunInit");
  return {};
}

Engine::Outcome Engine::initialize_outputs() {
  const FunctionScope scope("RunModeInitializeOutputs");
  if (Outcome opened = eve_.open(); !opened)
    return refuse(opened.error().message, opened.error().code);
  return {};
}

// In unix-socket mode outputs are set up for each lifecycle, but the callbacks run this once.
Engine::Outcome Engine::logging_ready() {
  if (!unix_socket()) {
    if (Outcome outputs = initialize_outputs(); !outputs) return outputs;
  }
  const FunctionScope scope("SCOnLoggingReady");
  SCOnLoggingReady();
  return {};
}

Engine::Outcome Engine::create_command_threads() {
  if (checker_ != nullptr) checker_->before_threads();
  for (std::uint32_t i = 1; i <= options_.detect_loaders; ++i) {
    ThreadSpec spec{.name = thread_name("DL", i),
                    .type = TVT_CMD,
                    .function = ThreadFunction::command,
                    .control = true,
                    .created_by = "TmThreadCreateCmdThreadByName"};
    if (Outcome added = add_thread(std::move(spec), std::make_unique<DetectLoader>()); !added)
      return added;
  }
  // Released at once: they load rules while packet threads are created (L7).
  threads_.wait_until_paused();
  for (Thread* loader : threads_.family(TVT_CMD)) loader->unset_flags(THV_PAUSE);

  const auto add_socket_thread = [this]() -> Outcome {
    auto module = std::make_unique<UnixManager>();
    UnixManager* const manager = module.get();
    ThreadSpec spec{.name = "US",
                    .type = TVT_CMD,
                    .function = ThreadFunction::command,
                    .created_by = "TmThreadCreateCmdThreadByName"};
    Outcome added = add_thread(std::move(spec), std::move(module));
    if (added) unix_manager_ = manager;
    return added;
  };
  if (!unix_socket()) {
    const FunctionScope scope("UnixManagerThreadSpawnNonRunmode");
    if (live() && options_.command_socket) return add_socket_thread();
    return {};
  }
  // In unix-socket mode US is all that main starts; it makes every other thread itself (L5, L28).
  UnixManager* manager = nullptr;
  {
    const FunctionScope scope("RunModeDispatch");
    if (Outcome added = add_socket_thread(); !added) return added;
    manager = std::exchange(unix_manager_, nullptr);
  }
  if (Outcome ready = wait_initialised(); !ready) return ready;
  abi::set_stage(SURICATA_RUNTIME, false);
  threads_.continue_threads();
  if (Outcome running = wait_running(); !running) return running;
  record(EventKind::enter, {.what = "SuricataMainLoop"});
  unix_manager_ = manager;
  return {};
}

Engine::Outcome Engine::create_packet_threads() {
  start_lifecycle();
  if (unix_socket()) {
    if (Outcome outputs = initialize_outputs(); !outputs) return outputs;
  }
  record(EventKind::enter, {.what = "RunModeDispatch"});
  if (options_.mode != Mode::autofp) return add_capture_workers();
  if (Outcome added = add_receivers(); !added) return added;
  return add_queue_workers();
}

Engine::Outcome Engine::create_management_threads() {
  {
    const FunctionScope scope("FlowManagerThreadSpawn");
    for (std::uint32_t i = 1; i <= options_.flow_managers; ++i) {
      if (Outcome added =
              add_management(thread_name("FM", i), std::make_unique<FlowManager>(*flows_, live()));
          !added)
        return added;
    }
  }
  {
    const FunctionScope scope("FlowRecyclerThreadSpawn");
    for (std::uint32_t i = 1; i <= options_.flow_recyclers; ++i) {
      if (Outcome added =
              add_management(thread_name("FR", i), std::make_unique<FlowRecycler>(*flows_));
          !added)
        return added;
    }
  }
  if (options_.bypass_manager) {
    const FunctionScope scope("BypassedFlowManagerThreadSpawn");
    if (Outcome added = add_management("FB", std::make_unique<IdleModule>(true)); !added)
      return added;
  }
  {
    const FunctionScope scope("StatsSpawnThreads");
    if (options_.stats) {
      if (Outcome added = add_stats_like("CW"); !added) return added;
      if (Outcome added = add_stats_like("CS", std::make_unique<StatsModule>(eve_)); !added)
        return added;
    }
  }
  {
    const FunctionScope scope("LogMaintenanceThreadSpawn");
    if (Outcome added = add_stats_like("HB"); !added) return added;
  }
  record_call("TmThreadsSealThreads");
  record(EventKind::exit, {.what = "RunModeDispatch"});
  return {};
}

Engine::Outcome Engine::wait_initialised() {
  threads_.wait_until_paused();
  if (const Thread* failed = threads_.wait_on_thread_init(options_.limits.initialised_ms)) {
    return refuse(
        fmt::format("thread {} failed to initialise: the engine refuses to start", failed->name()));
  }
  return {};
}

void Engine::release() {
  abi::set_stage(SURICATA_RUNTIME, false);
  // Killed while paused: nothing is released, the loops are skipped, the rest of life is as ever
  // (L14).
  if (kill_while_paused()) {
    faults_.fails(Fault::Kind::kill_while_paused, "");
    return;
  }
  threads_.continue_threads();
  threads_.wait_until_resumed();
}

Engine::Outcome Engine::wait_running() {
  // In unix-socket mode US does not wait for its threads to run.
  const bool on_unix_socket = context() != &main_;
  if (kill_while_paused() || on_unix_socket) return {};
  if (const Thread* failed = threads_.wait_on_thread_running(options_.limits.running_ms))
    return refuse(fmt::format("thread {} failed to start", failed->name()));
  return {};
}

Engine::Outcome Engine::traffic() {
  if (kill_while_paused()) return {};
  std::string failed;
  {
    const bool main_loops = context() == &main_;
    if (main_loops) record(EventKind::enter, {.what = "SuricataMainLoop"});
    flows_->traffic_gate.open();
    if (!flows_->main_loop.wait()) {
      for (Thread* thread : threads_.family(TVT_PPT)) {
        if (thread->fail_run) {
          thread->wait_for(THV_FAILED);
          failed = thread->name();
          break;
        }
      }
    } else if (main_loops) {
      record(EventKind::exit, {.what = "SuricataMainLoop"});
    }
  }
  if (capture_damage_.empty()) capture_damage_ = flows_->source->damage();
  if (!failed.empty())
    return refuse(fmt::format("thread {} failed while running: fatal for the engine", failed));
  // In unix-socket mode the engine goes on to the next capture file.
  abi::set_stage(SURICATA_RUNTIME, !unix_socket());
  flows_->capture_stop.open();
  return {};
}

}  // namespace surisim::engine
