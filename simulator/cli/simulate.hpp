// One run of the engine in this process: in the child, or with --in-process in the command itself;
// and the progress of a run.
//
// When:    once in a process.
// Owner:   the caller; the channel is the supervisor's.
// Threads: main; Progress has a thread of its own.
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

// `channel` is null with --in-process. Otherwise violations and a first summary are sent to its
// mailbox as soon as they are known, as the process may die before the end. SIGINT and SIGTERM end
// the traffic, and the run shuts down in order; a second signal kills.
sandbox::RunResult simulate(const RunArguments& arguments, sandbox::Channel* channel,
                            const EventsFile& events);

// What happens between many runs in one process.
class ManyRuns {
 public:
  enum class After {
    go_on,
    end,    // the process is to end, with nothing to report
    report  // the run is to be reported, and its process to end as if it had been the only run
  };

  virtual ~ManyRuns() = default;
  // The next run's schedule. Nothing: there is none.
  virtual std::optional<ScheduleOptions> next() = 0;
  // The violation is to be reported, even if the process does not come to the run's end.
  // [any thread]
  virtual bool is_new(const Violation& violation) const = 0;
  virtual After ran(const sandbox::RunResult& result) = 0;
  // Another run would not find everything as the first one did.
  virtual void not_as_before(const std::string& why) = 0;
};

// Runs after each other in this process, a child, each of which finds its plugins as the first one
// did. Returns a run that is to be reported; ends the process if there is none.
sandbox::RunResult simulate_many(const RunArguments& arguments, sandbox::Channel& channel,
                                 ManyRuns& runs);

// Reads a Runtime's progress five times a second, until destroyed. If `draw` is set, draws a bar on
// stderr; if `count` is not null, stores the sum of packets and flows there, so that the supervisor
// can see whether there is progress.
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
