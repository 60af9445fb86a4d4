// Runs the engine in this process, which is the child, or with --in-process the command: one run,
// or many schedules. And Progress, which shows a run's progress.
//
// When:    once in a process.
// Owner:   the caller; run_in_child() owns the channel.
// Threads: main; Progress starts a thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "arguments.hpp"
#include "base/mutex.hpp"
#include "output.hpp"
#include "sandbox/channel.hpp"
#include "surisim/runtime.hpp"

namespace surisim::cli {

// `channel`: null with --in-process. Violations and a first summary are sent to its mailbox at
// once, as the process may crash. SIGINT, SIGTERM and SIGHUP end traffic, and the run shuts down; a
// second signal kills the process.
sandbox::RunResult simulate(const RunArguments& arguments, sandbox::Channel* channel,
                            const EventsFile& events);

// Decides what happens between many runs in one process.
class ManyRuns {
 public:
  enum class After {
    next,
    end,    // end the process, with nothing to report
    report  // report the run, and end the process as after a single run
  };

  virtual ~ManyRuns() = default;
  // The next run's schedule; nullopt: there is none.
  virtual std::optional<ScheduleOptions> next() = 0;
  // Whether to report the violation at once, in case the process crashes. [any thread]
  virtual bool is_new(const Violation& violation) const = 0;
  virtual After ran(const sandbox::RunResult& result) = 0;
  // No other run is possible in this process, as the plugin's state has changed.
  virtual void cannot_repeat(const std::string& why) = 0;
};

// Makes many runs in this process, a child, and puts the plugins' state back between them. Returns
// the run to report; ends the process if there is none.
sandbox::RunResult simulate_many(const RunArguments& arguments, sandbox::Channel& channel,
                                 ManyRuns& runs);

// Reads a Runtime's progress five times a second, until destroyed. With `draw` it draws a bar on
// stderr; if `count` is not null, it stores the sum of packets and flows there, for the supervisor.
class Progress {
 public:
  Progress(const Runtime& runtime, bool draw, std::atomic<std::uint64_t>* count);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

 private:
  void run();
  void draw_bar(std::uint64_t flows, std::uint64_t packets, double seconds);

  const Runtime& runtime_;
  const bool draw_;
  const std::uint64_t total_;
  std::atomic<std::uint64_t>* count_;
  bool drawn_ = false;
  Mutex mutex_;
  std::condition_variable_any wake_;
  bool done_ SURISIM_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace surisim::cli
