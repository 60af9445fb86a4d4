// One run of the engine in this process: the child's part, or all of it with --in-process. And what
// shows that a run moves.
//
// When:    once in a process.
// Owner:   the caller; the channel is the supervisor's.
// Threads: main; Progress has a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <thread>

#include "arguments.hpp"
#include "base/mutex.hpp"
#include "output_files.hpp"
#include "sandbox/channel.hpp"
#include "surisim/runtime.hpp"

namespace surisim::cli {

// `channel` is null when nobody watches; what becomes known on the way goes to its mailbox at once,
// in case the end is never reached. SIGINT and SIGTERM end the traffic, and the run ends in order;
// a second one kills.
sandbox::RunResult simulate(const RunArguments& arguments, sandbox::Channel* channel,
                            const EventsFile& events);

// Asks a Runtime for its progress a few times a second, until destroyed. Draws a bar on stderr when
// `draw`; stores the sum of packets and flows in `count`, when there is one, so that a watching
// process sees traffic move.
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
