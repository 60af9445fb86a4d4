#include "simulate.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

#include "exit_status.hpp"
#include "progress.hpp"
#include "surisim/event.hpp"
#include "surisim/golden.hpp"
#include "surisim/runtime.hpp"

namespace surisim::cli {
namespace {

std::atomic<Runtime*> g_runtime{nullptr};
std::atomic<int> g_interrupted{0};

void on_interrupt(int number) {
  if (++g_interrupted > 1) {
    ::signal(number, SIG_DFL);
    ::raise(number);
  } else if (Runtime* runtime = g_runtime) {
    runtime->request_stop();
  }
}

// The Runtime is told to stop by SIGINT and SIGTERM for as long as this lives.
class StopOnInterrupt {
 public:
  explicit StopOnInterrupt(Runtime& runtime) {
    g_interrupted = 0;
    g_runtime = &runtime;
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, &int_before_);
    ::sigaction(SIGTERM, &action, &term_before_);
  }
  StopOnInterrupt(const StopOnInterrupt&) = delete;
  StopOnInterrupt& operator=(const StopOnInterrupt&) = delete;
  ~StopOnInterrupt() {
    ::sigaction(SIGINT, &int_before_, nullptr);
    ::sigaction(SIGTERM, &term_before_, nullptr);
    g_runtime = nullptr;
  }
  static bool interrupted() { return g_interrupted > 0; }

 private:
  struct sigaction int_before_ {};
  struct sigaction term_before_ {};
};

void write_events(const EventLog& events, int fd) {
  std::string lines;
  const auto flush = [&] {
    for (std::size_t at = 0; at < lines.size();) {
      const ssize_t n = ::write(fd, lines.data() + at, lines.size() - at);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0)
        throw Failure(fmt::format("the events cannot be written: {}", std::strerror(errno)));
      at += static_cast<std::size_t>(n);
    }
    lines.clear();
  };
  for (const Event& event : events) {
    lines += to_json_line(event) + "\n";
    if (lines.size() > (std::size_t{1} << 20)) flush();
  }
  flush();
}

// An engine that refuses to go on has told all there is; a run that was interrupted, or never began,
// has not.
bool has_lifecycle(const RunResult& result) {
  if (result.interrupted) return false;
  return !result.error || result.error->code == ErrorCode::engine_refused ||
         result.error->code == ErrorCode::write_failed;
}

// Everything up to the summary; the first error ends it.
expected<void> go(Runtime& runtime, const RunArguments& arguments, Shared* shared,
                  RunResult& result, const std::function<void(const RunResult&)>& loaded) {
  for (const std::string& path : arguments.plugins)
    if (auto added = runtime.add_plugin(PluginSource::file(path)); !added) return added;
  if (auto ready = runtime.advance_to(Phase::finalize); !ready) return ready;
  result.summary = runtime.summary();
  loaded(result);
  const bool draw = ::isatty(STDERR_FILENO) != 0 && !arguments.report.quiet;
  const Progress progress(runtime, draw, shared == nullptr ? nullptr : &shared->beat);
  return runtime.run();
}

}  // namespace

RunResult simulate(const RunArguments& arguments, Shared* shared, int events_fd,
                   const std::function<void(const RunResult&)>& loaded) {
  RunResult result;
  Options options = arguments.options;
  options.journal = shared == nullptr ? nullptr : &shared->journal;
  auto runtime = Runtime::create(std::move(options));
  if (!runtime) {
    result.error = runtime.error();
    return result;
  }
  const StopOnInterrupt stop(*runtime);
  if (auto done = go(*runtime, arguments, shared, result, loaded); !done)
    result.error = done.error();
  result.summary = runtime->summary();
  result.interrupted = StopOnInterrupt::interrupted();
  if (arguments.tell_lifecycle && has_lifecycle(result))
    result.lifecycle = to_text(lifecycle_of(runtime->events(), result.summary, runtime->options()));
  if (events_fd >= 0) write_events(runtime->events(), events_fd);
  return result;
}

}  // namespace surisim::cli
