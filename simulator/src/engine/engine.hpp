// The engine behind Runtime: walks through the lifecycle table, with a method for each phase.
//
// engine.cpp:          which phase is next, the engine's exit, the Summary.
// startup.cpp:         the phases up to the end of traffic.
// thread_creation.cpp: creating the threads in these phases.
// shutdown.cpp:        the phases after traffic.
// tally.cpp:           adding up counters for the Summary.
//
// When:    from Runtime::create() to the Runtime's destruction.
// Owner:   the Runtime; there is one in a process.
// Threads: [creator]; progress(), summary() and request_stop() on any thread.
// Source:  suricata.c, runmodes.c, tm-threads.c.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/faults.hpp"
#include "base/mutex.hpp"
#include "check/checker.hpp"
#include "engine/scheduled_run.hpp"
#include "ledger/ledger.hpp"
#include "plugin/plugin_loader.hpp"
#include "surisim/callbacks_alone.hpp"
#include "surisim/error.hpp"
#include "surisim/instructions.hpp"
#include "surisim/lifecycle.hpp"
#include "surisim/options.hpp"
#include "surisim/runtime.hpp"
#include "surisim/summary.hpp"
#include "threads/tm_threads.hpp"
#include "trace/recorder.hpp"
#include "traffic/flow_engine.hpp"
#include "traffic/modules.hpp"
#include "traffic/packet_source.hpp"

namespace surisim::engine {

// Adds up the counters of all threads over all lifecycles, and writes the sums into a Summary. Each
// thread is added once, when it has ended; for a Summary before that, to a copy. [creator]
class Tally {
 public:
  // Adds an OS thread's counters.
  void add(const Context& context, bool flow_worker);
  // The same, and adds the thread to the Summary's threads, which are those of the last lifecycle.
  void add_thread(const Thread& thread);
  void start_lifecycle() { threads_.clear(); }
  // Counts a value on a command thread, which is never freed (L27).
  void keep(std::size_t thread_slot);

  void write(Summary& summary, bool exited) const;
  void write(InstructionCounts& counts) const;

 private:
  struct Values {
    std::uint64_t made = 0, freed = 0, taken = 0, kept = 0;
    std::vector<ValueSummary::On> on;
  };
  static void add_values(std::vector<Values>& into, const std::vector<ValueCounters>& from,
                         const std::string& os_name);
  static void write_values(Summary& summary, const std::vector<Values>& values, StorageEnum type);

  std::vector<Values> thread_values_;  // by slot id
  std::vector<Values> flow_values_;
  // For each kind of callback (index in CallbackCounts) and thread: calls by number of
  // instructions.
  std::map<std::pair<std::size_t, std::string>, std::map<std::uint64_t, std::uint64_t>>
      instructions_;
  std::vector<ThreadSummary> threads_;
  FlowSummary flows_;
  Summary sums_;  // only its plain counts
};

// Makes the source of packets that the options ask for, which reads these capture files, relative
// to `directory`. Call its check() before use. The error says that this program has no such source.
// [creator]
expected<std::unique_ptr<PacketSource>> make_packet_source(const Options& options,
                                                           std::vector<std::string> pcaps,
                                                           const std::string& directory);

class Engine {
 public:
  explicit Engine(Options options);
  ~Engine();

  expected<void> add_plugin(PluginSource plugin);
  expected<void> advance_to(Phase last);
  std::optional<Phase> phase() const { return done_; }
  // For traffic that a test sends, which starts with the first call in each lifecycle.
  expected<Traffic*> open_traffic();
  // After the first call no thread is started.
  expected<CallbacksAlone*> open_callbacks_alone();
  // The value in a slot of the thread with this name.
  expected<void*> thread_value(std::string_view thread, std::string_view slot) const;
  expected<void*> thread_value(std::string_view thread, int slot) const;
  void request_stop() noexcept { stop_.store(true, std::memory_order_relaxed); }
  Runtime::Progress progress() const noexcept;
  EventLog events() const { return recorder_.collect(); }
  Summary summary() const;
  InstructionCounts instructions() const;
  const Options& options() const { return options_; }

 private:
  using Outcome = expected<void>;

  Tally tally_so_far() const SURISIM_REQUIRES(so_far_lock_);

  Outcome run_step(const Step& step);
  Outcome run_phase(Phase phase);
  bool skipped(Phase phase) const;
  std::optional<Phase> next_phase() const;
  bool unix_socket() const { return options_.engine == EngineMode::unix_socket; }
  bool live() const { return is_live(capture_of(options_)); }
  bool threads_run() const;
  Outcome refuse(std::string why, ErrorCode code = ErrorCode::engine_refused);

  // startup.cpp
  void storage_init();
  void register_before();
  Outcome load_plugins();
  void run_late(JournalCallback kind, const abi::LateRegistrations& registrations);
  void register_after();
  Outcome finalize();
  Outcome initialize_outputs();
  Outcome logging_ready();
  Outcome create_command_threads();
  Outcome create_packet_threads();
  Outcome create_management_threads();
  Outcome wait_initialised();
  void release();
  Outcome wait_running();
  Outcome find_invariants();
  Outcome init_capture_plugin();
  void start_main_loop();
  bool wait_for_end_of_traffic();
  Outcome traffic();

  // shutdown.cpp
  Outcome stop_flow_managers();
  Outcome stop_named(std::string_view prefix, std::uint32_t limit_ms);
  Outcome stop_capture();
  Outcome enter_flow_loop();
  void flow_cleanup();
  Outcome kill_packet_loops();
  Outcome stop_recyclers();
  void kill_packet_threads();
  void ask_invariants();
  Outcome flow_shutdown();
  void kill_command_threads();
  void finish_run();
  void end_callbacks_alone();
  bool wants_stats_threads() const;

  Outcome end_capture(Thread& thread, Deadline deadline);
  // Waits for a flag of a thread. Missing the deadline is fatal for the engine (L15).
  Outcome expect(const Thread& thread, std::uint32_t flag, Deadline deadline, const char* step);

  // thread_creation.cpp
  Outcome add_thread(ThreadSpec spec, std::unique_ptr<Module> module);
  expected<Thread*> create_thread(ThreadSpec spec, std::unique_ptr<Module> module);
  Outcome spawn_thread(Thread& thread);
  Outcome add_sources_threads();
  Outcome add_management(const std::string& name, std::unique_ptr<Module> module);
  Outcome add_custom_thread(const char* name,
                            std::unique_ptr<Module> module = std::make_unique<IdleModule>(false));
  Outcome add_receivers();
  Outcome add_queue_workers();
  Outcome add_capture_workers();
  bool kill_while_paused() const;
  // Whether a signal ends unix-socket mode in this lifecycle: nothing is shut down after its
  // traffic (L28).
  bool ends_by_signal() const;

  void start_lifecycle();
  void end_lifecycle();
  std::vector<std::string> pcaps_of_lifecycle() const;

  const Options options_;
  const std::string directory_;  // the current one at the start: a plugin may change it
  Recorder recorder_;
  Context main_;
  abi::Faults faults_;
  ledger::Ledger ledger_;
  std::unique_ptr<ScheduledRun> scheduled_;  // with Options::schedule
  PluginLoader loader_;
  struct Invariant {
    std::string name;
    PluginLoader::Function function;
  };
  std::vector<Invariant> invariants_;  // Options::invariants
  std::vector<PluginSource> sources_;
  TmThreads threads_;
  std::unique_ptr<check::Checker> checker_;  // with checks on
  Eve eve_;
  FlowLimits flow_limits_;
  std::unique_ptr<FlowEngine> flows_;
  std::unique_ptr<OwnedCallbacksAlone> callbacks_alone_;  // null until callbacks are run alone
  UnixManager* unix_manager_ = nullptr;                   // null: there is no thread US
  std::optional<Phase> done_;
  std::atomic<std::uint32_t> lifecycle_{0};
  std::atomic<bool> exited_{false};  // with exit_error_: nothing more happens
  Error exit_error_{ErrorCode::engine_refused, ""};
  std::atomic<bool> stop_{false};
  // For progress() and summary() on other threads, while [creator] changes these.
  mutable Mutex so_far_lock_;
  Runtime::Progress earlier_ SURISIM_GUARDED_BY(so_far_lock_);  // in earlier lifecycles
  // Null between lifecycles.
  const FlowEngine* flows_now_ SURISIM_GUARDED_BY(so_far_lock_) = nullptr;
  Tally tally_ SURISIM_GUARDED_BY(so_far_lock_);
  std::vector<CounterInfo> counters_ SURISIM_GUARDED_BY(so_far_lock_);  // of the last lifecycle
  std::vector<PhaseTime> phase_times_ SURISIM_GUARDED_BY(so_far_lock_);
  TimePoint::duration total_ SURISIM_GUARDED_BY(so_far_lock_){};
  std::string stopped_by_ SURISIM_GUARDED_BY(so_far_lock_);
  std::string capture_damage_ SURISIM_GUARDED_BY(so_far_lock_);  // sentences
};

}  // namespace surisim::engine
