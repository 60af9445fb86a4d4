// The parent's side: starts the child, waits for its end, or brings it about when a limit is
// exceeded. Waits and clocks here are the parent's own; no thread of the engine runs in it.
#include "sandbox/supervisor.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <utility>

#include "sandbox/crash_handlers.hpp"
#include "sandbox/descendants.hpp"
#include "sandbox/diagnosis.hpp"

namespace surisim::sandbox {
namespace {

using Clock = std::chrono::steady_clock;

// A sanitizer has a status of its own for what it finds at the end.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

class SharedMemory {
 public:
  SharedMemory() {
    void* at = ::mmap(nullptr, sizeof(Channel), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) throw SandboxError("no memory to share with the plugin's process");
    // Zeroed by the kernel, as a channel is at first: nothing to construct, no page to touch.
    channel_ = static_cast<Channel*>(at);
  }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory() { ::munmap(channel_, sizeof(Channel)); }
  Channel& get() { return *channel_; }

 private:
  Channel* channel_;
};

// What was to end the parent, counted by a signal handler.
struct Interrupts {
  std::atomic<int> count{0};
  std::atomic<int> last{0};  // the last one's signal
};
Interrupts g_interrupts;

// While a child is watched, signals that would end the parent are counted instead: nothing of the
// plugin's must be left behind. What was ignored before stays ignored.
class CountInterrupts {
 public:
  CountInterrupts() {
    struct sigaction action {};
    action.sa_handler = [](int number) {
      g_interrupts.last = number;
      // Whoever hangs up or quits does not wait for a report.
      g_interrupts.count += number == SIGINT || number == SIGTERM ? 1 : 2;
    };
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], nullptr, &before_[i]);
      if (before_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
    }
  }
  CountInterrupts(const CountInterrupts&) = delete;
  CountInterrupts& operator=(const CountInterrupts&) = delete;
  ~CountInterrupts() { restore(); }
  void restore() const {
    for (std::size_t i = 0; i < kSignals.size(); ++i)
      ::sigaction(kSignals[i], &before_[i], nullptr);
  }

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  std::array<struct sigaction, kSignals.size()> before_{};
};

// Whoever started us may have left SIGCHLD ignored, which exec() keeps: the kernel would then reap
// each child itself, and waitpid() never find its status.
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

// The child's exit status after a whole run. Another one means that a destructor or an exit handler
// ended the process.
constexpr int kRunIsOver = 86;

// noexcept: an exception that leaves a destructor or an exit handler ends in std::terminate(). As
// exit() is declared not to throw, a compiler that sees it called would drop what terminates here:
// hence the volatile pointer.
[[noreturn]] void end_run() noexcept {
  void (*volatile const leave)(int) = std::exit;
  leave(kRunIsOver);
  std::abort();  // not reached
}

[[noreturn]] void run_child(Channel& channel, pid_t parent,
                            const std::function<void(Channel&)>& body) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) end_process(EXIT_FAILURE);  // it died before prctl()
  ::dup2(STDERR_FILENO, STDOUT_FILENO);                  // the plugin's output is not the report
  install_crash_handlers(channel);
  try {
    body(channel);
  } catch (const std::exception& error) {
    std::strncpy(channel.failure.data(), error.what(), channel.failure.size() - 1);
    end_process(EXIT_FAILURE);
  }
  // The plugins' destructors run, as at Suricata's end (L38).
  JournalEntry* entry = channel.journal.find(::getpid());
  if (entry == nullptr) entry = channel.journal.claim(::getpid(), "main");
  if (entry != nullptr) entry->enter(JournalCallback::close);
  channel.finished = true;
  end_run();
}

// Ends the parent as the signal that was counted would have, and leaves nothing behind.
[[noreturn]] void die_of_interrupt(pid_t child, const Descendants& descendants) {
  ::kill(-child, SIGKILL);
  descendants.kill_all();
  ::signal(g_interrupts.last, SIG_DFL);
  ::raise(g_interrupts.last);
  std::abort();  // not reached
}

// Why the parent ends the run.
enum class Exceeded { nothing, time, memory };

struct Ended {
  int status = 0;  // as waitpid() gives it
  Exceeded limit = Exceeded::nothing;
  const JournalEntry* culprit = nullptr;  // the thread that hangs, or allocates; null: unknown
};

// Waits until the child is gone. Its end begins when it says so in the channel, or when it exceeds
// a limit; it then has until a deadline to send what it knows, and is killed.
class Supervisor {
 public:
  Supervisor(pid_t child, Channel& channel, const ChildLimits& limits,
             const Descendants& descendants)
      : child_(child),
        channel_(channel),
        descendants_(descendants),
        limits_(limits),
        hang_(channel, limits.seconds),
        pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, child, 0))) {}
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor() {
    if (pidfd_ >= 0) ::close(pidfd_);
  }

  Ended wait() {
    for (;;) {
      pollfd poll{pidfd_, POLLIN, 0};
      ::poll(&poll, pidfd_ >= 0 ? 1 : 0, pidfd_ >= 0 ? kCheckEveryMs : 5);
      if (::waitpid(child_, &ended_.status, WNOHANG) == child_) {
        // It was not yet, or no longer, in a state to end in order.
        if (interrupted_ && WIFSIGNALED(ended_.status) && WTERMSIG(ended_.status) == SIGINT)
          die_of_interrupt(child_, descendants_);
        return ended_;
      }
      pass_interrupts_on();
      if (!deadline_)
        begin_end_if_due();
      else if (ended_.limit != Exceeded::nothing)
        advance_deadline();
      if (deadline_ && Clock::now() >= *deadline_) {
        ::kill(child_, SIGKILL);
        ::kill(-child_, SIGKILL);
      }
    }
  }

 private:
  static constexpr int kCheckEveryMs = 20;
  static constexpr std::chrono::milliseconds kLocationTime{200};
  // A sanitizer may have to look up many names before it lets the process die.
  static constexpr std::uint64_t kDyingSeconds = 15;

  // The first interrupt goes to the child; at the second one everything ends.
  void pass_interrupts_on() {
    if (g_interrupts.count >= 2) die_of_interrupt(child_, descendants_);
    if (g_interrupts.count == 0 || interrupted_) return;
    interrupted_ = true;
    ::kill(child_, SIGINT);
  }

  void begin_end_if_due() {
    if (channel_.signal.number != 0 || channel_.exit.how != nullptr) {
      deadline_ =
          Clock::now() + std::chrono::seconds(limits_.seconds == 0
                                                  ? kDyingSeconds
                                                  : std::min(kDyingSeconds, limits_.seconds + 1));
      return;
    }
    if (!check_limits()) return;
    deadline_ = Clock::now() + std::chrono::milliseconds(kSummaryMs);
    if (ended_.limit == Exceeded::memory) limit_growth(child_);
    if (ended_.limit == Exceeded::time) request_location();
    request_summary(channel_);
    if (channel_.sender.tid != 0) return;
    // No sender: the run is over, and its result has been sent.
    if (!location_requested_) request_location();
    deadline_ = Clock::now();
    if (ended_.culprit != nullptr) *deadline_ += kLocationTime;
  }

  // The thread itself knows where it is: the handler of a signal that would end the process notes
  // it (crash_handlers.cpp).
  void request_location() {
    location_requested_ = true;
    if (ended_.culprit != nullptr) ::syscall(SYS_tgkill, child_, ended_.culprit->tid(), SIGPROF);
  }

  // Once the summary has been sent, or memory is far beyond the limit, only the location is worth
  // waiting for, and it comes soon or never.
  void advance_deadline() {
    const bool far_beyond =
        ended_.limit == Exceeded::memory && memory_of(child_) > memory_limit_ / 4 * 5;
    if (channel_.sender.done == 0 && !far_beyond) return;
    // A thread that allocates may hold a lock that the sender needs: it is not stopped before.
    const bool requested = location_requested_;
    if (!requested) request_location();
    const bool known = ended_.culprit == nullptr || channel_.signal.location.module[0] != '\0';
    if (known || (requested && far_beyond))
      deadline_ = Clock::now();
    else if (!std::exchange(location_awaited_, true))
      deadline_ = Clock::now() + kLocationTime;
  }

  bool check_limits() {
    if (memory_limit_ != 0 && memory_of(child_) > memory_limit_) {
      ended_.limit = Exceeded::memory;
      ended_.culprit = only_in_callback(channel_);
    } else if (hang_.expired()) {
      ended_.limit = Exceeded::time;
      ended_.culprit = hang_.culprit();
    }
    return ended_.limit != Exceeded::nothing;
  }

  pid_t child_;
  Channel& channel_;
  const Descendants& descendants_;
  ChildLimits limits_;
  std::uint64_t memory_limit_ = limits_.memory_mib * 1024 * 1024;  // bytes
  HangDetector hang_;
  int pidfd_;
  Ended ended_;
  bool interrupted_ = false;
  bool location_requested_ = false;
  bool location_awaited_ = false;
  std::optional<Clock::time_point> deadline_;
};

std::optional<Violation> ending_of(const Channel& channel, const Ended& ended,
                                   const ChildLimits& limits) {
  if (ended.limit == Exceeded::time) return hang_violation(channel, ended.culprit, limits.seconds);
  if (ended.limit == Exceeded::memory)
    return memory_violation(channel, ended.culprit, limits.memory_mib);
  if (const int recorded = channel.signal.number; recorded != 0)
    return crash_violation(channel, recorded);
  if (WIFSIGNALED(ended.status)) {
    const bool ends_itself = WTERMSIG(ended.status) == SIGKILL && channel.exit.how != nullptr;
    if (!ends_itself) return crash_violation(channel, WTERMSIG(ended.status));
  }
  const int status =
      WIFEXITED(ended.status) ? WEXITSTATUS(ended.status) : channel.exit.status.load();
  if (channel.finished && (status == kRunIsOver || kSanitized)) return std::nullopt;
  return exit_violation(channel, status);
}

}  // namespace

ChildResult run_in_child(const ChildLimits& limits, const std::function<void(Channel&)>& body) {
  SharedMemory memory;
  Channel& channel = memory.get();
  const CountInterrupts interrupts;
  const DefaultSigchld sigchld;
  const Descendants descendants;
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0)
    throw SandboxError(std::string("cannot start a process for the plugin: ") +
                       std::strerror(errno));
  if (child == 0) {
    interrupts.restore();
    sigchld.restore();
    run_child(channel, parent, body);
  }
  ::setpgid(child, child);  // the child does it too; whoever is first

  const Ended ended = Supervisor(child, channel, limits, descendants).wait();
  ::kill(-child, SIGKILL);  // the quick way to most of what the plugin has started
  descendants.kill_all();
  if (channel.failure[0] != '\0') throw SandboxError(channel.failure.data());
  ChildResult result;
  for (Mailbox::Message& message : channel.mailbox.read()) {
    if (message.kind == Mailbox::Kind::result)
      result.result = std::move(message.text);
    else
      result.violations.push_back(std::move(message.text));
  }
  result.ending = ending_of(channel, ended, limits);
  return result;
}

}  // namespace surisim::sandbox
