// The phases up to the end of traffic, a method for each. Source: suricata.c, runmodes.c; L1 to
// L14.
#include <fmt/core.h>
#include <suricata/conf.h>
#include <suricata/flow-storage.h>
#include <suricata/output.h>
#include <suricata/runmodes.h>
#include <suricata/thread-storage.h>
#include <suricata/tm-threads-common.h>

#include <algorithm>
#include <cstring>

#include "abi/host.hpp"
#include "abi/process_state.hpp"
#include "abi/storage_access.hpp"
#include "engine/engine.hpp"
#include "outputs/eve_output.hpp"
#include "threads/flow_pool.hpp"
#include "threads/thread_names.hpp"
#include "trace/context.hpp"
#include "traffic/modules.hpp"
#include "traffic/packet_source.hpp"

namespace surisim::engine {

namespace {

// Suricata's own slots never hold a value in surisim.
void free_nothing(void*) {}

void register_own_slot(StorageEnum type, const char* name) {
  abi::register_slot({type, name, free_nothing}, nullptr, "SCStorageRegister");
}

}  // namespace

void Engine::storage_init() {
  SCStorageInit();
  record(EventKind::storage_init);
}

void Engine::register_before() {
  {
    const FunctionScope scope("RegisterFlowBypassInfo");
    register_own_slot(STORAGE_FLOW, "bypass_counters");
  }
  // If they are configured, these slots come before those of plugins (L19, E12).
  const auto register_if = [](bool wanted, const char* function, const char* slot) {
    const FunctionScope scope(function);
    if (wanted) register_own_slot(STORAGE_FLOW, slot);
  };
  register_if(logs_ethernet(), "MacSetRegisterFlowStorage", "macset");
  if (logs_ethernet()) {
    abi::state().ether_addresses_of = [](const Flow& flow) -> const abi::EtherAddresses* {
      return side_of(&flow)->addresses.get();
    };
  }
  register_if(SCConfGetNode("flow.rate-tracking") != nullptr, "FlowRateRegisterFlowStorage",
              "flowrate");
  record_call("SigTableInit");
}

Engine::Outcome Engine::load_plugins() {
  eve_.before_plugins();
  if (checker_ != nullptr) checker_->before_plugins();
  Outcome fatal;
  {
    const FunctionScope scope("SCPluginsLoad");
    loader_.look_ahead(sources_);
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
  if (Outcome found = find_invariants(); !found) return found;
  return init_capture_plugin();
}

Engine::Outcome Engine::find_invariants() {
  for (const std::string& name : options_.invariants) {
    const auto function = loader_.find(name);
    if (!function)
      return refuse(
          fmt::format("no plugin exports a function \"{}\"; expected the name of a function that "
                      "returns whether the plugin's invariant holds",
                      name),
          ErrorCode::invalid_option);
    invariants_.push_back({name, *function});
  }
  return {};
}

Engine::Outcome Engine::init_capture_plugin() {
  const std::string& name = options_.capture_plugin;
  if (name.empty() || !threads_run()) return {};
  const abi::CapturePlugins& all = abi::state().capture;
  const abi::RegisteredCapture* const capture = all.find(name);
  if (capture == nullptr) {
    std::string known;
    for (const abi::RegisteredCapture& one : all.plugins)
      known += fmt::format("{}{}", known.empty() ? "; there is " : ", ", one.plugin->name);
    return refuse(
        fmt::format("there is no capture plugin \"{}\"{}: Suricata ends here, with status 1", name,
                    known.empty() ? "; no plugin has registered one" : known),
        ErrorCode::invalid_option);
  }
  const char* const args =
      options_.capture_plugin_args ? options_.capture_plugin_args->c_str() : nullptr;
  const auto init = capture->plugin->Init;
  loader_.run_late(
      capture->place, JournalCallback::capture_init,
      [&] { init(args, RUNMODE_PLUGIN, TMM_RECEIVEPLUGIN, TMM_DECODEPLUGIN); },
      reinterpret_cast<const void*>(init));
  return {};
}

// Runs what plugins registered for later. As in Suricata, what they register meanwhile does not
// run.
void Engine::run_late(JournalCallback kind, const abi::LateRegistrations& registrations) {
  // A copy: a call may add to the list. NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
  const std::vector<abi::LateRegistrations::Entry> all = registrations.all();
  for (const auto& entry : all) loader_.run_late(entry.plugin, kind, entry.call);
}

void Engine::register_after() {
  record_call("LiveDeviceFinalize");
  abi::state().capture.make_devices();
  {
    const FunctionScope scope("AppLayerSetup");
    register_own_slot(STORAGE_IPPAIR, "expectation");
    register_own_slot(STORAGE_FLOW, "expectation");
    run_late(JournalCallback::app_layer_register, abi::state().parser_registrations);
  }
  {
    const FunctionScope scope("SigTableSetup");
    run_late(JournalCallback::keywords_register, abi::state().keyword_registrations);
  }
  record_call("TmqhSetup");
  {
    const FunctionScope scope("TagInitCtx");
    register_own_slot(STORAGE_HOST, "tag");
    register_own_slot(STORAGE_FLOW, "tag");
  }
  {
    const FunctionScope scope("ThresholdInit");
    if (abi::host().caches_thresholds) register_own_slot(STORAGE_THREAD, "threshold_cache");
  }
  register_own_slot(STORAGE_HOST, "bit");
  register_own_slot(STORAGE_IPPAIR, "bit");
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
  if (threads_run()) {  // FlowInitConfig
    const auto limits = read_flow_limits();
    if (!limits) return refuse(limits.error().message, limits.error().code);
    flow_limits_ = *limits;
  }
  if (!unix_socket()) abi::state().counters.open(options_.stats);  // PreRunInit
  return {};
}

Engine::Outcome Engine::initialize_outputs() {
  const FunctionScope scope("RunModeInitializeOutputs");
  if (checker_ != nullptr) checker_->outputs_used();
  if (Outcome opened = eve_.open(); !opened)
    return refuse(opened.error().message, opened.error().code);
  return {};
}

// In unix-socket mode outputs are set up later, for each lifecycle; these callbacks run once.
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
  // Detect loaders are released at once: they load rules while packet threads are created (L7).
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
    if (has_command_socket(options_)) return add_socket_thread();
    return {};
  }
  // In unix-socket mode main starts only US, which creates all other threads (L5, L28).
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
  if (!abi::state().counters.is_open()) abi::state().counters.open(options_.stats);
  if (unix_socket()) {
    if (Outcome outputs = initialize_outputs(); !outputs) return outputs;
  }
  record(EventKind::enter, {.what = "RunModeDispatch"});
  if (flows_->source->makes_threads()) return add_sources_threads();
  if (options_.mode != Mode::autofp) return add_capture_workers();
  if (Outcome added = add_receivers(); !added) return added;
  return add_queue_workers();
}

// As StatsInitCtxPostOutput (L9): statistics that nothing logs are not collected.
bool Engine::wants_stats_threads() const {
  int enabled = 1;
  if (!options_.stats || (SCConfGetBool("stats.enabled", &enabled) == 1 && enabled == 0))
    return false;
  if (eve_.has_stats_logger() || unix_socket() || has_command_socket(options_)) return true;
  abi::notify(
      abi::LogMessage{SC_LOG_WARNING, "counters",
                      "stats are enabled but no loggers are active: there are no threads CW "
                      "and CS"});
  return false;
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
    if (wants_stats_threads()) {
      if (Outcome added = add_custom_thread("CW"); !added) return added;
      if (Outcome added = add_custom_thread("CS", std::make_unique<StatsModule>(eve_)); !added)
        return added;
    }
  }
  {
    const FunctionScope scope(abi::host().heartbeat_function);
    if (has_heartbeat()) {
      if (Outcome added = add_custom_thread("HB"); !added) return added;
    }
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
  // If Suricata is killed while paused, no thread is released and loops are skipped; the rest is as
  // usual (L14).
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
    return refuse(
        fmt::format("thread {} failed to start{}", failed->name(),
                    failed->has(THV_FLOW_LOOP) ? ": its loop ended without running" : ""));
  return {};
}

void Engine::start_main_loop() {
  if (flows_->traffic_gate.is_open()) return;
  if (!unix_socket()) record(EventKind::enter, {.what = "SuricataMainLoop"});
  flows_->traffic_gate.open();
}

expected<Traffic*> Engine::open_traffic() {
  if (!options_.traffic.by_hand)
    return fail(ErrorCode::invalid_option, "traffic by hand needs the option traffic.by_hand");
  if (done_ != Phase::wait_running || !threads_run() || kill_while_paused())
    return fail(ErrorCode::wrong_phase,
                fmt::format("traffic by hand begins after the phase \"{}\" and ends with \"{}\"; "
                            "the last phase was \"{}\"",
                            step_of(Phase::wait_running).name, step_of(Phase::traffic).name,
                            done_ ? step_of(*done_).name : "none"));
  start_main_loop();
  return flows_->source->by_hand();
}

// False: a thread has failed. Threads that a capture plugin makes may set flags themselves, so they
// are polled, every 10 ms as in Suricata's main loop.
bool Engine::wait_for_end_of_traffic() {
  if (!flows_->source->makes_threads()) return flows_->main_loop.wait();
  constexpr std::uint64_t kPollMs = 10;
  for (;;) {
    for (const Thread* thread : threads_.family(TVT_PPT)) {
      if (thread->has(THV_FAILED)) return false;
    }
    if (flows_->should_stop()) return true;
    if (const auto ended = flows_->main_loop.wait_until(deadline_in(kPollMs))) return *ended;
  }
}

Engine::Outcome Engine::traffic() {
  if (kill_while_paused()) return {};
  std::string failed;
  {
    const bool main_loops = context() == &main_;
    start_main_loop();
    flows_->source->end();
    if (!wait_for_end_of_traffic()) {
      // A thread reports its failure to the main loop before it sets the flag.
      while (failed.empty()) {
        for (const Thread* thread : threads_.family(TVT_PPT)) {
          if (thread->wait_until(THV_FAILED, deadline_in(1)) && failed.empty())
            failed = thread->name();
        }
      }
    } else if (main_loops) {
      record(EventKind::exit, {.what = "SuricataMainLoop"});
    }
  }
  {
    const MutexLock lock(so_far_lock_);
    const std::string damage = flows_->source->damage();
    // The same capture may be read in each lifecycle.
    if (capture_damage_.find(damage) == std::string::npos)
      capture_damage_ += (capture_damage_.empty() ? "" : "; ") + damage;
  }
  if (!failed.empty())
    return refuse(fmt::format("thread {} failed while running: fatal for the engine", failed));
  if (ends_by_signal()) faults_.fails(Fault::Kind::stop_signal, "");
  // In unix-socket mode the engine goes on to the next capture file.
  abi::set_stage(SURICATA_RUNTIME, !unix_socket() || ends_by_signal());
  flows_->capture_stop.open();
  return {};
}

// Null in a program that is built without these rooms. The engine uses nothing else of them.
[[gnu::weak]] std::unique_ptr<PacketSource> make_capture_source(std::vector<std::string> pcaps,
                                                                const std::string& directory);
[[gnu::weak]] std::unique_ptr<PacketSource> make_capture_plugin_source(const Options& options);
[[gnu::weak]] std::unique_ptr<PacketSource> make_by_hand_source(const Options& options);
[[gnu::weak]] std::unique_ptr<OwnedCallbacksAlone> make_callbacks_alone(TmThreads& threads);

expected<std::unique_ptr<PacketSource>> make_packet_source(const Options& options,
                                                           std::vector<std::string> pcaps,
                                                           const std::string& directory) {
  if (options.traffic.by_hand) {
    if (make_by_hand_source != nullptr) return make_by_hand_source(options);
    return fail(ErrorCode::invalid_option,
                "there is no traffic by hand: this program is built without the by_hand room");
  }
  if (!options.capture_plugin.empty()) {
    if (make_capture_plugin_source != nullptr) return make_capture_plugin_source(options);
    return fail(
        ErrorCode::invalid_option,
        fmt::format("capture plugin \"{}\" cannot be run: this program is built without the "
                    "capture_plugin room",
                    options.capture_plugin));
  }
  if (pcaps.empty()) return make_generated_source(options);
  if (make_capture_source != nullptr) return make_capture_source(std::move(pcaps), directory);
  return fail(ErrorCode::invalid_option,
              fmt::format("capture file \"{}\" cannot be read: this program is built without the "
                          "capture room; expected generated traffic",
                          pcaps.front()));
}

expected<CallbacksAlone*> Engine::open_callbacks_alone() {
  if (callbacks_alone_ != nullptr) return callbacks_alone_.get();
  const bool ready = done_ == Phase::finalize || done_ == Phase::logging_ready;
  if (!ready || exited_)
    return fail(
        ErrorCode::wrong_phase,
        fmt::format("callbacks can be run alone after the phase \"{}\" and before threads are "
                    "created; the last phase was \"{}\"",
                    step_of(Phase::finalize).name, done_ ? step_of(*done_).name : "none"));
  if (make_callbacks_alone == nullptr)
    return fail(ErrorCode::invalid_option,
                "callbacks cannot be run alone: this program is built without the by_hand room");
  if (checker_ != nullptr) checker_->before_threads();
  faults_.enter_phase("callbacks alone");
  ledger_.enter_phase("callbacks alone", true);
  callbacks_alone_ = make_callbacks_alone(threads_);
  return callbacks_alone_.get();
}

bool Engine::ends_by_signal() const {
  return faults_.asked(Fault::Kind::stop_signal) && lifecycle_ >= lifecycles_of(options_);
}

bool Engine::kill_while_paused() const { return faults_.asked(Fault::Kind::kill_while_paused); }

}  // namespace surisim::engine
