#include "simulate.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <string>
#include <utility>

#include "progress.hpp"
#include "sandbox/crash_handlers.hpp"
#include "surisim/event.hpp"
#include "surisim/golden.hpp"
#include "surisim/runtime.hpp"

namespace surisim::cli {
namespace {

std::atomic<Runtime*> g_runtime{nullptr};
std::atomic<int> g_interrupted{0};

void on_interrupt(int number, siginfo_t* info, void*) {
  sandbox::note_own_interrupt(number, *info);
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
    action.sa_sigaction = on_interrupt;
    action.sa_flags = SA_RESTART | SA_SIGINFO;
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

// An engine that refuses to go on has told all there is; a run that was interrupted, or never
// began, has not.
bool has_lifecycle(const sandbox::RunResult& result) {
  if (result.interrupted) return false;
  return !result.error || result.error->code == ErrorCode::engine_refused ||
         result.error->code == ErrorCode::write_failed;
}

// Everything up to the summary; the first error ends it.
expected<void> go(Runtime& runtime, const RunArguments& arguments, sandbox::Channel* channel) {
  for (const std::string& path : arguments.plugins)
    if (auto added = runtime.add_plugin(PluginSource::file(path)); !added) return added;
  if (auto ready = runtime.advance_to(Phase::finalize); !ready) return ready;
  if (channel != nullptr)
    channel->mailbox.send(sandbox::Mailbox::Kind::result,
                          sandbox::to_line(sandbox::RunResult{runtime.summary(), {}, false, {}}));
  const bool draw = ::isatty(STDERR_FILENO) != 0 && !arguments.report.quiet;
  const Progress progress(runtime, draw,
                          channel == nullptr ? nullptr : &channel->packets_and_flows);
  return runtime.run();
}

// What is known when the plugin ends the process, or is about to be ended. The events first: to
// collect them is safe at any time.
void send_summary(const Runtime& runtime, sandbox::Channel& channel, const EventsFile& events) {
  if (events.wanted()) events.write(runtime.events());
  channel.mailbox.send(sandbox::Mailbox::Kind::result,
                       sandbox::to_line(sandbox::RunResult{runtime.summary(), {}, false, {}}));
}

void run(Runtime& runtime, const RunArguments& arguments, sandbox::Channel* channel,
         const EventsFile& events, sandbox::RunResult& result) {
  const StopOnInterrupt stop(runtime);
  std::optional<sandbox::SummarySender> sender;
  if (channel != nullptr)
    sender.emplace(*channel, [&] { send_summary(runtime, *channel, events); });
  if (auto done = go(runtime, arguments, channel); !done) result.error = done.error();
  result.summary = runtime.summary();
  result.interrupted = StopOnInterrupt::interrupted();
  if (arguments.tell_lifecycle && has_lifecycle(result))
    result.lifecycle = to_text(lifecycle_of(runtime.events(), result.summary, runtime.options()));
  if (events.wanted()) events.write(runtime.events());
}

}  // namespace

sandbox::RunResult simulate(const RunArguments& arguments, sandbox::Channel* channel,
                            const EventsFile& events) {
  sandbox::RunResult result;
  Options options = arguments.options;
  if (channel != nullptr) {
    options.journal = &channel->journal;
    options.on_violation = [channel](const Violation& found) {
      channel->mailbox.send(sandbox::Mailbox::Kind::violation, sandbox::to_line(found));
    };
  }
  auto runtime = Runtime::create(std::move(options));
  if (!runtime) {
    result.error = runtime.error();
    return result;
  }
  run(*runtime, arguments, channel, events, result);
  // In a process of its own the engine stays until the end: what a plugin's destructors do with it
  // then is looked at, too.
  if (channel != nullptr) {
    // volatile: or the pointer that nobody reads is not kept, and the engine has leaked.
    [[maybe_unused]] static const Runtime* volatile kept = nullptr;
    kept = new Runtime(std::move(*runtime));
  }
  return result;
}

}  // namespace surisim::cli
