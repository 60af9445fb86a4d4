// Implements simulate.hpp: signals, the run, and the progress bar.
#include "simulate.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "sandbox/crash_handlers.hpp"
#include "sandbox/supervisor.hpp"
#include "surisim/event.hpp"
#include "surisim/explore.hpp"
#include "surisim/golden.hpp"
#include "surisim/runtime.hpp"

namespace surisim::cli {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

void to_stderr(const std::string& text) {
  // Errors are ignored: a closed terminal does not end the run.
  [[maybe_unused]] const auto n = ::write(STDERR_FILENO, text.data(), text.size());
}

// For the handler of SIGINT, SIGTERM and SIGHUP.
struct Interruptible {
  std::atomic<Runtime*> runtime{nullptr};  // to stop; null: none
  std::atomic<int> signals{0};             // number received
  std::atomic<int> first{0};               // the first one
  std::atomic<bool> handled{false};        // Suricata would have installed its handlers
};
Interruptible g_run;

void on_interrupt(int number, siginfo_t* info, void*) {
  Runtime* const stoppable = g_run.handled ? g_run.runtime.load() : nullptr;
  const bool own = info->si_code <= 0 && info->si_pid == ::getpid();
  if (own && number != SIGHUP && stoppable != nullptr) {
    stoppable->request_stop();  // the plugin asks Suricata to shut down
    return;
  }
  sandbox::note_own_interrupt(number, *info);
  if (g_run.signals == 0) g_run.first = number;
  if (++g_run.signals > 1) {
    ::signal(number, SIG_DFL);
    ::raise(number);
  } else if (Runtime* runtime = g_run.runtime) {
    runtime->request_stop();
  }
}

// While it exists, SIGINT, SIGTERM and SIGHUP stop the Runtime; NULL: g_run.runtime.
class StopOnInterrupt {
 public:
  explicit StopOnInterrupt(Runtime* runtime) {
    g_run.signals = 0;
    g_run.first = 0;
    g_run.handled = false;
    g_run.runtime = runtime;
    struct sigaction action {};
    action.sa_sigaction = on_interrupt;
    action.sa_flags = SA_RESTART | SA_SIGINFO;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], nullptr, &before_[i]);
      // Signals that a shell ignores for background jobs stay ignored; the supervisor sends SIGINT.
      if (before_[i].sa_handler != SIG_IGN || kSignals[i] == SIGINT)
        ::sigaction(kSignals[i], &action, nullptr);
    }
  }
  StopOnInterrupt(const StopOnInterrupt&) = delete;
  StopOnInterrupt& operator=(const StopOnInterrupt&) = delete;
  ~StopOnInterrupt() {
    for (std::size_t i = 0; i < kSignals.size(); ++i)
      ::sigaction(kSignals[i], &before_[i], nullptr);
    g_run.runtime = nullptr;
  }
  static int interrupted() { return g_run.first; }

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> before_{};
};

// A lifecycle is complete even if the engine refused to continue, but not if the run was
// interrupted or did not begin.
bool has_lifecycle(const sandbox::RunResult& result) {
  if (result.interrupted != 0) return false;
  return !result.error || result.error->code == ErrorCode::engine_refused ||
         result.error->code == ErrorCode::write_failed;
}

void send_result(const Runtime& runtime, sandbox::Channel& channel) {
  channel.mailbox.send(sandbox::Mailbox::Kind::result,
                       sandbox::to_line(sandbox::RunResult{runtime.summary(), {}, 0, {}, {}}));
}

// After a deadlock or livelock, which was reported: sends the summary, and ends the process.
void end_stalled_run(const Runtime* runtime, sandbox::Channel& channel, const EventsFile& events) {
  if (events.wanted()) events.write(runtime->events());
  send_result(*runtime, channel);
  channel.finished = true;
  ::_exit(sandbox::kRunIsOver);
}

// Runs everything up to the summary, or up to the first error.
expected<void> run_plugins(Runtime& runtime, const RunArguments& arguments,
                           sandbox::Channel* channel, sandbox::RunResult& result) {
  for (const std::string& path : arguments.plugins)
    if (auto added = runtime.add_plugin(PluginSource::file(path)); !added) return added;
  if (auto ready = runtime.advance_to(Phase::finalize); !ready) return ready;
  g_run.handled = true;  // InitSignalHandler, in suricata.c
  if (channel != nullptr) {
    sandbox::catch_exits_of_threads();
    send_result(runtime, *channel);
  }
  auto* const packets_and_flows = channel == nullptr ? nullptr : &channel->packets_and_flows;
  if (arguments.scenario) {
    const Progress progress(runtime, false, packets_and_flows);
    auto unmet = play_scenario(runtime, *arguments.scenario);
    if (!unmet) return tl::unexpected<Error>(unmet.error());
    result.unmet = *std::move(unmet);
    return {};
  }
  const bool draw = ::isatty(STDERR_FILENO) != 0 && !arguments.report.quiet;
  const Progress progress(runtime, draw, packets_and_flows);
  return runtime.run();
}

void run(Runtime& runtime, const RunArguments& arguments, sandbox::Channel* channel,
         const EventsFile& events, sandbox::RunResult& result) {
  const StopOnInterrupt stop(&runtime);
  std::optional<sandbox::SummarySender> sender;
  if (channel != nullptr) {
    // Called when the plugin ends the process, or before the process is killed. Events first, as
    // collecting them is safe at any time.
    sender.emplace(*channel, events.descriptors(), [&] {
      if (events.wanted()) events.write(runtime.events());
      send_result(runtime, *channel);
    });
  }
  if (auto done = run_plugins(runtime, arguments, channel, result); !done)
    result.error = done.error();
  result.summary = runtime.summary();
  result.interrupted = StopOnInterrupt::interrupted();
  if (arguments.wants_lifecycle && has_lifecycle(result))
    result.lifecycle = to_text(lifecycle_of(runtime.events(), result.summary, runtime.options()));
  if (!events.wanted()) return;
  if (!sender) return events.write(runtime.events());
  if (std::string error = sender->send_now(); !error.empty() && !result.error)
    result.error = Error{ErrorCode::write_failed, std::move(error)};
}

// Keeps the Runtime of a child until its end, so that a plugin's static destructors are checked,
// too.
const Runtime* keep(Runtime runtime) {
  // volatile, or the compiler drops the unread pointer and a leak checker reports the Runtime.
  [[maybe_unused]] static const Runtime* volatile kept = nullptr;
  kept = new Runtime(std::move(runtime));
  return kept;
}

// One of many runs in this process.
expected<void> run_next(Runtime& runtime, const RunArguments& arguments, bool is_first) {
  g_run.handled = false;
  g_run.runtime = &runtime;
  for (const std::string& path : arguments.plugins)
    if (auto added = runtime.add_plugin(PluginSource::file(path)); !added) return added;
  if (auto ready = runtime.advance_to(Phase::finalize); !ready) return ready;
  g_run.handled = true;
  if (is_first) sandbox::catch_exits_of_threads();
  return runtime.run();
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
  // Also used after this function has returned, when plugins' destructors run.
  const auto made = std::make_shared<const Runtime*>();
  if (channel != nullptr && options.schedule) {
    options.schedule->until_exit = true;
    options.schedule->on_dead = [made, channel, &events] {
      end_stalled_run(*made, *channel, events);
    };
    options.schedule->on_more = [channel](const ScheduleSummary& schedule) {
      channel->mailbox.send(sandbox::Mailbox::Kind::schedule, sandbox::to_line(schedule));
    };
  }
  auto runtime = Runtime::create(std::move(options));
  if (!runtime) {
    result.error = runtime.error();
    return result;
  }
  *made = &*runtime;
  run(*runtime, arguments, channel, events, result);
  if (channel != nullptr) *made = keep(std::move(*runtime));
  return result;
}

sandbox::RunResult simulate_many(const RunArguments& arguments, sandbox::Channel& channel,
                                 ManyRuns& runs) {
  const EventsFile no_events;
  const StopOnInterrupt stop(nullptr);
  std::optional<Runtime> runtime;
  const sandbox::SummarySender sender(channel, {}, [&runtime, &channel] {
    if (runtime) send_result(*runtime, channel);
  });
  FreshPlugins plugins;
  bool is_first = true;
  while (const std::optional<ScheduleOptions> schedule = runs.next()) {
    Options options = arguments.options;
    options.journal = &channel.journal;
    options.on_violation = [&runs, &channel](const Violation& found) {
      if (runs.is_new(found))
        channel.mailbox.send(sandbox::Mailbox::Kind::violation, sandbox::to_line(found));
    };
    options.schedule = schedule;
    options.schedule->on_dead = [&] { end_stalled_run(&*runtime, channel, no_events); };
    auto made = Runtime::create(std::move(options));
    sandbox::RunResult result;
    if (!made) {
      result.error = made.error();
      return result;
    }
    runtime.emplace(*std::move(made));
    if (auto ran = run_next(*runtime, arguments, std::exchange(is_first, false)); !ran)
      result.error = ran.error();
    result.summary = runtime->summary();
    result.interrupted = StopOnInterrupt::interrupted();
    const ManyRuns::After after = runs.ran(result);
    if (after == ManyRuns::After::report) {
      (void)keep(*std::move(runtime));
      return result;
    }
    if (after == ManyRuns::After::end) break;
    g_run.runtime = nullptr;
    runtime.reset();
    if (const std::string why = plugins.put_back(); !why.empty()) {
      runs.cannot_repeat(why);
      break;
    }
  }
  channel.finished = true;
  sandbox::end_process(sandbox::kRunIsOver);
}

Progress::Progress(const Runtime& runtime, bool draw, std::atomic<std::uint64_t>* count)
    : runtime_(runtime),
      draw_(draw),
      total_(runtime.options().traffic.flows * lifecycles_of(runtime.options())),
      count_(count),
      thread_(sandbox::make_thread("shows the progress", [this] { run(); })) {
  ::pthread_setname_np(thread_.native_handle(), "surisim progress");
}

Progress::~Progress() {
  {
    const MutexLock lock(mutex_);
    done_ = true;
  }
  wake_.notify_one();
  thread_.join();
  if (drawn_) to_stderr("\r\x1b[K");
}

void Progress::run() {
  const Clock::time_point start = Clock::now();
  const MutexLock lock(mutex_);
  while (!done_) {
    if (wake_.wait_for(mutex_, 200ms) == std::cv_status::no_timeout) continue;
    const Runtime::Progress now = runtime_.progress();
    if (count_ != nullptr) *count_ = now.packets + now.flows;
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    // Most runs end before a bar could be read.
    if (draw_ && seconds > 0.5) draw_bar(now.flows, now.packets, seconds);
  }
}

void Progress::draw_bar(std::uint64_t flows, std::uint64_t packets, double seconds) {
  constexpr std::uint64_t kWidth = 30;
  const std::uint64_t whole = std::max<std::uint64_t>(total_, 1);
  const std::uint64_t filled = kWidth * std::min(flows, whole) / whole;
  std::string bar;
  for (std::uint64_t i = 0; i < kWidth; ++i) bar += i < filled ? "█" : "░";
  to_stderr(fmt::format("\r{} {:3d} %  {:.1f} M packets, {:.1f} M/s\x1b[K", bar,
                        100 * std::min(flows, whole) / whole, static_cast<double>(packets) / 1e6,
                        static_cast<double>(packets) / 1e6 / seconds));
  drawn_ = true;
}

}  // namespace surisim::cli
