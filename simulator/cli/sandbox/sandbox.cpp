// Implements sandbox.hpp in the command's process: starts the supervisor, watches it, and reads
// what the child has sent.
#include "sandbox/sandbox.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "rules/found.hpp"
#include "sandbox/diagnosis.hpp"
#include "sandbox/interrupts.hpp"
#include "sandbox/supervisor.hpp"

namespace surisim::sandbox {
namespace {

// A sanitizer that finds something at the end sets its own exit status.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// If SIGCHLD was ignored when the command was started, the kernel would reap children itself, and
// waitpid() would never return their status.
class DefaultSigchld {
 public:
  DefaultSigchld() {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &action, &before_);
  }
  DefaultSigchld(const DefaultSigchld&) = delete;
  DefaultSigchld& operator=(const DefaultSigchld&) = delete;
  ~DefaultSigchld() { restore(); }
  void restore() const { ::sigaction(SIGCHLD, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

// Waits for the supervisor, and kills all processes if the plugin interferes with it.
class SupervisorGuard {
 public:
  SupervisorGuard(pid_t supervisor, WatchState& watch, const Descendants& descendants)
      : supervisor_(supervisor),
        watch_(watch),
        descendants_(descendants),
        pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, supervisor, 0))) {}
  SupervisorGuard(const SupervisorGuard&) = delete;
  SupervisorGuard& operator=(const SupervisorGuard&) = delete;
  ~SupervisorGuard() {
    if (pidfd_ >= 0) ::close(pidfd_);
  }

  std::string wait(const std::function<void()>& meanwhile) {
    for (;;) {
      pollfd poll{pidfd_, POLLIN, 0};
      ::poll(&poll, pidfd_ >= 0 ? 1 : 0, kCheckEveryMs);
      meanwhile();
      int status = 0;
      forward_interrupts();
      if (::waitpid(supervisor_, &status, WNOHANG | WUNTRACED) == supervisor_) {
        if (watch_.done || watch_.failure[0] != '\0') return "";
        if (WIFSTOPPED(status)) return end("was stopped", WSTOPSIG(status));
        if (WIFSIGNALED(status)) return end("was killed", WTERMSIG(status));
        return end("ended", 0);
      }
      if (is_traced()) return end("is being traced", 0);
    }
  }

 private:
  static constexpr int kCheckEveryMs = 50;
  static constexpr int kChecksWithoutBeat = 20;

  std::string end(const char* what, int signal) {
    kill_everything();
    ::waitpid(supervisor_, nullptr, 0);
    return fmt::format("the process that watches the plugin {}{}", what,
                       signal == 0 ? "" : " by " + signal_text(signal));
  }

  void kill_everything() {
    ::kill(supervisor_, SIGKILL);
    if (const pid_t child = watch_.child; child > 0) {
      ::kill(child, SIGKILL);
      ::kill(-child, SIGKILL);
    }
    descendants_.kill_all();
  }

  // The first signal asks the child to end its run; the second one kills all processes.
  void forward_interrupts() {
    const Interrupts::Received received = Interrupts::received();
    if (received.count >= 2) {
      kill_everything();
      ::waitpid(supervisor_, nullptr, 0);
      ::signal(received.last, SIG_DFL);
      ::raise(received.last);
      std::abort();  // not reached
    }
    if (received.count == 0 || forwarded_) return;
    if (received.sender == watch_.child || is_descendant(received.sender)) {
      watch_.interference = received.last;
      Interrupts::forget();
    } else {
      forwarded_ = true;
      watch_.interrupt = received.last;
    }
  }

  // A traced process stops until its tracer resumes it, so its beats stop, too.
  bool is_traced() {
    const std::uint32_t beats = watch_.beats;
    checks_without_beat_ = beats == beats_ ? checks_without_beat_ + 1 : 0;
    beats_ = beats;
    return checks_without_beat_ >= kChecksWithoutBeat && state_of(supervisor_) == 't';
  }

  pid_t supervisor_;
  WatchState& watch_;
  const Descendants& descendants_;
  int pidfd_;
  bool forwarded_ = false;
  std::uint32_t beats_ = 0;
  int checks_without_beat_ = 0;
};

// So that the plugin cannot write to the descriptors of reports.
void close_descriptors_except(std::vector<int> kept) {
  unsigned next = STDERR_FILENO + 1;
  std::sort(kept.begin(), kept.end());
  for (const int descriptor : kept) {
    const auto stays = static_cast<unsigned>(descriptor);
    if (stays > next) ::close_range(next, stays - 1, 0);
    next = stays + 1;
  }
  ::close_range(next, ~0U, 0);
}

std::optional<Violation> ending_of(const Channel& channel, const Ended& ended, const Stop& stop,
                                   int interference, const ChildLimits& limits) {
  switch (ended.cause) {
    case EndCause::time:
      return hang_violation(channel, ended.culprit, limits.seconds);
    case EndCause::memory:
      return memory_violation(channel, ended.culprit, limits.memory_mib);
    case EndCause::interference:
    case EndCause::grace_period:
    case EndCause::nothing:
      break;
  }
  if (interference != 0)
    return interference_violation(
        channel, "sent " + signal_text(interference) + " to the process that watches it");
  if (ended.cause == EndCause::grace_period) return std::nullopt;
  if (const int recorded = channel.signal.number; recorded != 0)
    return crash_violation(channel, recorded);
  if (WIFSIGNALED(ended.status)) {
    const int signal = WTERMSIG(ended.status);
    if (stop && signal == SIGINT) return std::nullopt;  // it had no handler yet
    const bool is_own_exit = signal == SIGKILL && channel.exit.how != nullptr;
    if (!is_own_exit) return crash_violation(channel, signal);
  }
  const int status =
      WIFEXITED(ended.status) ? WEXITSTATUS(ended.status) : channel.exit.status.load();
  if (channel.finished && (status == kRunIsOver || kSanitized)) return std::nullopt;
  return exit_violation(channel, status);
}

}  // namespace

ChildResult run_in_child(const ChildLimits& limits, const std::function<void(Channel&)>& body,
                         const std::vector<int>& kept,
                         const std::function<void(Channel&)>& meanwhile) {
  Shared<Channel> channel_memory;
  Shared<WatchState> watch_memory;
  Channel& channel = *channel_memory;
  WatchState& watch = *watch_memory;
  const Interrupts interrupts;
  const DefaultSigchld sigchld;
  const Descendants descendants;
  std::fflush(nullptr);
  const pid_t command = ::getpid();
  const pid_t supervisor = ::fork();
  if (supervisor == 0) {
    supervise(
        watch, channel, limits, command,
        [&] {
          interrupts.restore();
          sigchld.restore();
          ::munmap(&watch, sizeof watch);
          close_descriptors_except(kept);
        },
        body);
  }
  const auto no_process = [](const char* why) {
    return SandboxError(std::string("cannot start a process for the plugin: ") + why);
  };
  if (supervisor < 0) throw no_process(std::strerror(errno));

  const auto look = [&meanwhile, &channel] {
    if (meanwhile) meanwhile(channel);
  };
  const std::string cut_off = SupervisorGuard(supervisor, watch, descendants).wait(look);
  look();
  if (watch.failure[0] != '\0') throw no_process(watch.failure.data());
  if (channel.failure[0] != '\0') throw SandboxError(channel.failure.data());
  ChildResult result;
  for (Mailbox::Message& message : channel.mailbox.read()) {
    if (message.kind == Mailbox::Kind::result)
      result.result = std::move(message.text);
    else if (message.kind == Mailbox::Kind::schedule)
      result.schedule = std::move(message.text);
    else
      result.violations.push_back(std::move(message.text));
  }
  if (!cut_off.empty()) {
    result.ending = interference_violation(channel, cut_off + ", by the plugin or from outside");
    return result;
  }
  const Ended& ended = watch.ended;
  result.stop = {watch.interrupt, ended.time_limit, false};
  result.stop.killed =
      result.stop && (ended.cause == EndCause::grace_period || WIFSIGNALED(ended.status));
  result.ending = ending_of(channel, ended, result.stop, watch.interference, limits);
  for (const Violation& slow : slow_violations(watch.slow))
    result.violations.push_back(to_line(slow));
  for (const Violation& reported : sanitizer_violations(channel))
    if (!result.ending || same::in_run(reported) != same::in_run(*result.ending))
      result.violations.push_back(to_line(reported));
  return result;
}

}  // namespace surisim::sandbox
