// Walks through the lifecycle table, handles the engine's exit in any phase, and makes the Summary.
#include "engine/engine.hpp"

#include <fmt/format.h>
#include <suricata/suricata.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <utility>

#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "base/user_input.hpp"
#include "outputs/loggers.hpp"
#include "trace/context.hpp"

namespace surisim::engine {

namespace {

std::size_t index_of(Phase phase) { return static_cast<std::size_t>(phase); }

// "a.pcap, b.pcap, c.pcap and 2 more".
std::string names_of(const std::vector<std::string>& pcaps) {
  constexpr std::size_t kMost = 3;
  const auto end = pcaps.begin() + static_cast<std::ptrdiff_t>(std::min(pcaps.size(), kMost));
  return fmt::format("{}{}", fmt::join(pcaps.begin(), end, ", "),
                     pcaps.size() > kMost ? fmt::format(" and {} more", pcaps.size() - kMost) : "");
}

bool at_least(std::optional<Phase> done, Phase phase) {
  return done && index_of(*done) >= index_of(phase);
}

}  // namespace

Engine::Engine(Options options)
    : options_(std::move(options)),
      directory_(base::current_directory()),
      main_("main", 0, 0),
      faults_(options_.faults),
      ledger_(options_.log_level >= 0, options_.on_violation),
      loader_([this](Violation violation) { ledger_.violations().add(std::move(violation)); },
              [this](const void* frame, const void* init) {
                if (checker_ != nullptr) checker_->init_returned(frame, init);
              },
              directory_, options_.suricata),
      threads_(options_.record == Options::Record::off ? nullptr : &recorder_,
               options_.record == Options::Record::all, options_.journal),
      eve_(options_) {
  abi::state().reset();
  abi::set_host(abi::host_of(options_.suricata.value_or(Suricata::v9_0)));
  abi::set_stage(SURICATA_INIT, false);
  abi::state().log_level.store(std::max(0, options_.log_level));
  ledger_.attach(&loader_, &threads_);
  if (options_.schedule && options_.schedule->count)
    main_.instructions = std::make_unique<CallbackCounts>();
  if (options_.schedule)
    scheduled_ = std::make_unique<ScheduledRun>(*options_.schedule, ledger_.violations());
  if (options_.checks) checker_ = std::make_unique<check::Checker>(ledger_, loader_, threads_);
  if (options_.record != Options::Record::off) {
    main_.recorder = &recorder_;
    main_.event_name = recorder_.intern(main_.os_name);
    main_.log = &recorder_.add_log(main_.os_name);
    main_.record_flows = options_.record == Options::Record::all;
  }
  if (options_.journal != nullptr) main_.journal = options_.journal->claim(gettid(), "main");
  set_context(&main_);
  abi::Observer* observer = &ledger_;
  if (checker_ != nullptr) observer = checker_.get();
  abi::state().observer.store(observer, std::memory_order_release);
  abi::g_watched.store(options_.checks);
}

Engine::~Engine() {
  // A lifecycle that has started is run to its end.
  request_stop();
  if (done_ && *done_ != Phase::end) {
    if (callbacks_alone_ != nullptr && !options_.on_violation)
      end_callbacks_alone();  // nobody would see what else the end finds
    else
      (void)advance_to(Phase::end);
  }
  {
    const ScheduledRun::Scope under_control(scheduled_.get());
    threads_.abandon();
  }
  abi::g_watched.store(false);
  abi::set_host(abi::host_of(Suricata::v9_0));  // the default, for checking the next Options
  abi::state().observer.store(nullptr, std::memory_order_release);
  set_context(nullptr);
  if (options_.journal != nullptr) options_.journal->release(main_.journal);
}

Engine::Outcome Engine::add_plugin(PluginSource plugin) {
  if (at_least(done_, Phase::load_plugins))
    return fail(ErrorCode::wrong_phase,
                "a plugin was added after the load phase; add plugins before "
                "running, as Suricata loads them once");
  sources_.push_back(std::move(plugin));
  return {};
}

bool Engine::threads_run() const {
  return callbacks_alone_ == nullptr &&
         (options_.engine == EngineMode::normal || options_.engine == EngineMode::unix_socket);
}

// In config test and engine analysis, and with callbacks alone, no threads are created (L4).
bool Engine::skipped(Phase phase) const {
  if (options_.lifecycles == 0 && step_of(phase).per_lifecycle) return true;
  const bool shuts_down =
      index_of(phase) > index_of(Phase::traffic) && step_of(phase).per_lifecycle;
  if (shuts_down && ends_by_signal()) return true;
  return !threads_run() && index_of(phase) > index_of(Phase::logging_ready) && phase != Phase::end;
}

std::optional<Phase> Engine::next_phase() const {
  if (!done_) return Phase::storage_init;
  if (*done_ == Phase::end) return std::nullopt;
  if (*done_ == Phase::flow_shutdown && lifecycle_ < lifecycles_of(options_) && threads_run() &&
      !kill_while_paused())
    return Phase::create_packet_threads;
  return kLifecycle[index_of(*done_) + 1].phase;
}

Engine::Outcome Engine::advance_to(Phase last) {
  const ScheduledRun::Scope under_control(scheduled_.get());
  const auto reached = [&] {
    if (!at_least(done_, last)) return false;
    // After one of several lifecycles, `last` means that phase of the next lifecycle.
    const bool more = next_phase() == Phase::create_packet_threads;
    return !(more && (*done_ == Phase::flow_shutdown) && last != Phase::flow_shutdown &&
             step_of(last).per_lifecycle);
  };
  if (callbacks_alone_ != nullptr && !exited_ && last != Phase::end && !reached())
    return fail(ErrorCode::wrong_phase,
                fmt::format("there is no phase \"{}\" once callbacks have been run alone: this run "
                            "starts no threads",
                            step_of(last).name));
  while (!exited_ && !reached()) {
    const std::optional<Phase> next = next_phase();
    if (!next) break;
    if (Outcome outcome = run_step(step_of(*next)); !outcome) return outcome;
  }
  if (exited_) return tl::unexpected<Error>(exit_error_);
  return {};
}

Engine::Outcome Engine::run_step(const Step& step) {
  const auto begin = steady_now();
  faults_.enter_phase(step.name);
  ledger_.enter_phase(step.name, index_of(step.phase) >= index_of(Phase::create_command_threads));
  if (options_.journal != nullptr)
    options_.journal->phase.store(1 + static_cast<std::int32_t>(step.phase));
  Outcome outcome;
  if (!skipped(step.phase)) {
    const auto run = [&] {
      try {
        outcome = run_phase(step.phase);
      } catch (const std::bad_alloc&) {
        outcome = refuse(fmt::format("out of memory in phase \"{}\"", step.name),
                         ErrorCode::out_of_memory);
      }
    };
    if (step.runner == Runner::creator && unix_manager_ != nullptr && unix_socket()) {
      unix_manager_->run_job(run);
    } else {
      run();
    }
  }
  if (checker_ != nullptr) checker_->phase_ends();
  if (exited_) {
    if (flows_ != nullptr) {
      flows_->abandon();
      if (flows_->source->makes_threads()) EngineStop();
      for (Thread* thread : threads_.family(TVT_PPT)) {
        if (!thread->has(THV_FLOW_LOOP | THV_RUNNING_DONE)) thread->module().break_loop(*thread);
      }
    }
    end_lifecycle();
    threads_.abandon();
    unix_manager_ = nullptr;
  }
  done_ = step.phase;
  const auto spent = steady_now() - begin;
  const MutexLock lock(so_far_lock_);
  total_ += spent;
  const double seconds = std::chrono::duration<double>(spent).count();
  const auto known = std::find_if(phase_times_.begin(), phase_times_.end(),
                                  [&](const PhaseTime& time) { return time.name == step.name; });
  if (known == phase_times_.end()) {
    phase_times_.push_back({step.name, seconds});
  } else {
    known->seconds += seconds;
  }
  return outcome;
}

Engine::Outcome Engine::run_phase(Phase phase) {
  switch (phase) {
    case Phase::storage_init:
      return storage_init(), Outcome();
    case Phase::register_before:
      return register_before(), Outcome();
    case Phase::load_plugins:
      return load_plugins();
    case Phase::register_after:
      return register_after(), Outcome();
    case Phase::finalize:
      return finalize();
    case Phase::logging_ready:
      return logging_ready();
    case Phase::create_command_threads:
      return create_command_threads();
    case Phase::create_packet_threads:
      return create_packet_threads();
    case Phase::create_management_threads:
      return create_management_threads();
    case Phase::wait_initialised:
      return wait_initialised();
    case Phase::release:
      return release(), Outcome();
    case Phase::wait_running:
      return wait_running();
    case Phase::traffic:
      return traffic();
    case Phase::stop_flow_managers:
      return stop_flow_managers();
    case Phase::stop_capture:
      return stop_capture();
    case Phase::enter_flow_loop:
      return enter_flow_loop();
    case Phase::flow_cleanup:
      return flow_cleanup(), Outcome();
    case Phase::kill_packet_loops:
      return kill_packet_loops();
    case Phase::stop_recyclers:
      return stop_recyclers();
    case Phase::kill_management_threads:
      return threads_.kill_family(TVT_MGMT), Outcome();
    case Phase::free_management_threads:
      return threads_.clear_family(TVT_MGMT), Outcome();
    case Phase::kill_packet_threads:
      return kill_packet_threads(), Outcome();
    case Phase::free_packet_threads:
      return threads_.clear_family(TVT_PPT), Outcome();
    case Phase::flow_shutdown:
      return flow_shutdown();
    case Phase::kill_command_threads:
      return kill_command_threads(), Outcome();
    case Phase::end:
      return finish_run(), Outcome();
  }
  return {};
}

// The engine exits with status 1: no Free is called, and no other phase runs (L14).
Engine::Outcome Engine::refuse(std::string why, ErrorCode code) {
  record(EventKind::fatal, {.what = intern_here(why)});
  recorder_.stop();
  {
    const MutexLock lock(so_far_lock_);
    stopped_by_ = why;
  }
  exit_error_ = Error{code, std::move(why)};
  exited_ = true;
  return tl::unexpected<Error>(exit_error_);
}

Runtime::Progress Engine::progress() const noexcept {
  const MutexLock lock(so_far_lock_);
  Runtime::Progress progress = earlier_;
  if (flows_now_ != nullptr) {
    progress.flows += flows_now_->flows_seen.load(std::memory_order_relaxed);
    progress.packets += flows_now_->packets_seen.load(std::memory_order_relaxed);
  }
  return progress;
}

expected<void*> Engine::thread_value(std::string_view thread, std::string_view slot) const {
  return abi::state().storage.find(STORAGE_THREAD, slot).and_then([&](int id) {
    return thread_value(thread, id);
  });
}

expected<void*> Engine::thread_value(std::string_view thread, int slot) const {
  if (auto known = abi::state().storage.check(STORAGE_THREAD, slot); !known)
    return tl::unexpected<Error>(known.error());
  std::string known;
  for (const auto& one : threads_.all()) {
    if (one->tv() == nullptr) continue;
    if (one->name() == thread) return abi::in_thread().storage(one->tv())[slot].ptr;
    known += fmt::format("{}{}", known.empty() ? "; there is " : ", ", one->name());
  }
  return fail(ErrorCode::invalid_option, fmt::format("there is no thread {} now{}", thread, known));
}

Tally Engine::tally_so_far() const {
  Tally tally = tally_;
  threads_.for_each([&tally](const Thread& thread) { tally.add_thread(thread); });
  tally.add(main_, false);
  return tally;
}

InstructionCounts Engine::instructions() const {
  const MutexLock lock(so_far_lock_);
  InstructionCounts counts;
  tally_so_far().write(counts);
  if (scheduled_ != nullptr) scheduled_->write(counts);
  return counts;
}

Summary Engine::summary() const {
  Summary summary;
  summary.suricata = abi::host().version;
  summary.plugins = loader_.plugins_so_far();
  summary.own_slots = ledger_.own_slots();
  summary.registrations = ledger_.registrations();
  std::erase_if(summary.registrations, [this](const ListedInfo& one) {  // not the one that is used
    return one.kind == "capture" && one.name == options_.capture_plugin;
  });
  summary.loggers = summarize_loggers(loader_, eve_);
  summary.file_types = summarize_file_types(loader_);
  const abi::PluginThreads::Counts started = abi::state().plugin_threads.counts();
  summary.plugin_threads = {started.started, started.joined, started.detached, started.running};
  summary.lifecycles = lifecycle_;
  const MutexLock lock(so_far_lock_);
  // Between a test's calls all threads are idle; otherwise a thread's counters appear when it ends.
  if (options_.traffic.by_hand || callbacks_alone_ != nullptr) {
    threads_.for_each([](const Thread& thread) {
      if (thread.tv() != nullptr) abi::sync_counters(thread.tv());
    });
  }
  summary.counters = abi::state().counters.is_open() ? abi::state().counters.totals() : counters_;
  const Tally tally = tally_so_far();
  const bool ended_by_signal = lifecycle_ > 0 && ends_by_signal() && done_ == Phase::end;
  tally.write(summary, exited_ || ended_by_signal);
  summary.capture.file = names_of(pcaps_of(options_));
  summary.capture.damage = capture_damage_;
  summary.phases = phase_times_;
  for (const PhaseTime& time : phase_times_) {
    const bool traffic = time.name == step_of(Phase::traffic).name;
    // A capture plugin does not wait for the main loop.
    const bool starts =
        time.name == step_of(Phase::release).name || time.name == step_of(Phase::wait_running).name;
    if (traffic || (starts && !options_.capture_plugin.empty()))
      summary.traffic_seconds += time.seconds;
  }
  summary.total_seconds = std::chrono::duration<double>(total_).count();
  summary.faults = faults_.summary();
  summary.stopped_by = stopped_by_;
  if (scheduled_ != nullptr) {
    summary.schedule = scheduled_->summary(!exited_ && done_ == Phase::end);
    if (summary.stopped_by.empty()) summary.stopped_by = scheduled_->dead();
  }
  summary.violations = ledger_.violations().all();
  return summary;
}

// Adds up the counters of the last lifecycle's threads, which have been freed, and makes new
// traffic.
void Engine::start_lifecycle() {
  ++lifecycle_;
  context()->lifecycle = lifecycle_;
  threads_.set_lifecycle(lifecycle_);
  {
    const MutexLock lock(so_far_lock_);
    for (const auto& thread : threads_.all()) {
      if (thread->tv() == nullptr) tally_.add_thread(*thread);
    }
    tally_.start_lifecycle();
    threads_.forget_freed();
  }
  end_lifecycle();  // unless flow_shutdown() has done so
  flows_ = std::make_unique<FlowEngine>(
      options_, eve_, make_packet_source(options_, pcaps_of_lifecycle(), directory_).value(),
      flow_limits_);
  flows_->stop = &stop_;
  flows_->ends_early = ends_by_signal();
  abi::state().packet_time.reset(live() ? 0 : options_.threads);
  const MutexLock lock(so_far_lock_);
  flows_now_ = flows_.get();
}

// In unix-socket mode each lifecycle reads one capture.
std::vector<std::string> Engine::pcaps_of_lifecycle() const {
  std::vector<std::string> all = pcaps_of(options_);
  if (!unix_socket() || all.size() < 2) return all;
  return {all[(lifecycle_ - 1) % all.size()]};
}

void Engine::end_lifecycle() {
  const MutexLock lock(so_far_lock_);
  if (flows_now_ == nullptr) return;
  earlier_.packets += flows_now_->packets_seen.load(std::memory_order_relaxed);
  earlier_.flows += flows_now_->flows_seen.load(std::memory_order_relaxed);
  flows_now_ = nullptr;
}

}  // namespace surisim::engine
