// The simulated engine: one object that runs plugins through Suricata's thread lifecycle.
//
// When:    create it, add plugins, then run() or advance phase by phase (lifecycle.hpp).
// Owner:   the caller owns the Runtime, which owns its threads, flows and ThreadVars. The
//          destructor runs the rest of a lifecycle that has begun.
// Threads: the thread that created it, which acts as Suricata's main thread, except for
//          request_stop() and progress(). A process has one Runtime at a time, as it has one
//          engine: create() refuses a second one until the first is destroyed.
// Source:  suricata.c; see lifecycle.hpp for the order and the facts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "surisim/callbacks_alone.hpp"
#include "surisim/error.hpp"
#include "surisim/event.hpp"
#include "surisim/instructions.hpp"
#include "surisim/lifecycle.hpp"
#include "surisim/options.hpp"
#include "surisim/plugin.hpp"
#include "surisim/summary.hpp"
#include "surisim/traffic.hpp"

namespace surisim {

class Runtime {
 public:
  // Errors: invalid_option with the option and its range; already_running. [main]
  static expected<Runtime> create(Options options = {});
  Runtime(Runtime&&) noexcept;
  Runtime& operator=(Runtime&&) noexcept;
  ~Runtime();

  // Adds a plugin to those that the load phase loads. After it: wrong_phase. [main]
  expected<void> add_plugin(PluginSource plugin);

  // Runs every phase that is not done yet, up to and including `last`.
  // Errors: engine_refused (L14: the rest is skipped and nothing is freed, because Suricata exits),
  // out_of_memory, out_of_threads (started threads are stopped, joined and freed), load_failed
  // (Suricata would abort on this plugin). [main]
  expected<void> advance_to(Phase last);
  // Runs everything, all lifecycles. [main]
  expected<void> run();
  // The last phase that is done; nullopt before the first. [main]
  std::optional<Phase> phase() const;

  // advance_to(wait_running): storage, plugins, threads, released and running. [main]
  expected<void> start();
  // advance_to(traffic): all traffic is done; threads still run. [main]
  expected<void> drive();
  // The rest: shutdown and freeing; with several lifecycles, all remaining ones. [main]
  expected<void> stop();

  // For traffic by hand (Options::traffic.by_hand), from start() to drive() or stop().
  // Errors: wrong_phase, invalid_option. [main]
  expected<Traffic*> traffic();
  // For single callbacks without threads, after Phase::finalize and instead of start().
  // Error: wrong_phase. [main]
  expected<CallbacksAlone*> callbacks_alone();
  // The value in a slot of a thread that has not been freed; NULL if there is none. The thread must
  // not be changing it. Errors: invalid_option, if there is no such thread or slot. [main]
  expected<void*> thread_value(std::string_view thread, std::string_view slot) const;
  expected<void*> thread_value(std::string_view thread, int slot) const;

  // Ends traffic as soon as the packets in flight are handled. [signal-safe]
  void request_stop() noexcept;
  // Flows started and packets handled so far, for a progress display. [any thread]
  struct Progress {
    std::uint64_t flows = 0;
    std::uint64_t packets = 0;
  };
  Progress progress() const noexcept;

  // What happened so far. Safe while threads run; complete after stop(). [main]
  EventLog events() const;
  Summary summary() const;
  // How many instructions the callbacks executed; empty without ScheduleOptions::count. [main]
  InstructionCounts instructions() const;
  const Options& options() const;

 private:
  class Impl;
  explicit Runtime(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace surisim
