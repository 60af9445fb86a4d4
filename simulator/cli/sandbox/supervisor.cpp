// Implements supervisor.hpp. It waits and reads clocks directly, not through trace/handover.hpp, as
// none of the engine's threads are in this process.
#include "sandbox/supervisor.hpp"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "sandbox/crash_handlers.hpp"
#include "sandbox/diagnosis.hpp"
#include "sandbox/interrupts.hpp"

namespace surisim::sandbox {
namespace {

using Clock = std::chrono::steady_clock;

// Calls exit(). Unwinding ends in this function, so that an exception that leaves a destructor or
// an exit handler calls std::terminate() where it is thrown, with its stack. With noexcept alone
// some compilers would unwind first; the volatile pointer hides that exit() is noexcept.
[[noreturn]] void end_run() {
  __asm__ volatile(".cfi_undefined rip");
  void (*volatile const leave)(int) = std::exit;
  leave(kRunIsOver);
  std::abort();  // not reached
}

[[noreturn]] void run_child(Channel& channel, pid_t supervisor,
                            const std::function<void(Channel&)>& body) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != supervisor) end_process(EXIT_FAILURE);  // it ended before prctl()
  ::dup2(STDERR_FILENO, STDOUT_FILENO);  // the plugin's output is not the report
  install_crash_handlers(channel);
  watch_runtimes(channel);
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

// Waits until the child has ended. When it crashes, exits or exceeds a limit, it has until a
// deadline to send its summary, and is then killed.
class Supervisor {
 public:
  Supervisor(pid_t command, WatchState& watch, Channel& channel, const ChildLimits& limits,
             const Descendants& descendants)
      : command_(command),
        watch_(watch),
        child_(watch.child),
        channel_(channel),
        descendants_(descendants),
        limits_(limits),
        hang_(channel, limits.seconds),
        slow_(channel, child_, watch.slow),
        pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, child_, 0))) {}
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor() {
    if (pidfd_ >= 0) ::close(pidfd_);
  }

  Ended wait() {
    for (;;) {
      pollfd poll{pidfd_, POLLIN, 0};
      ::poll(&poll, pidfd_ >= 0 ? 1 : 0, pidfd_ >= 0 ? kCheckEveryMs : 5);
      ++watch_.beats;
      const bool gone = reap();
      read_signals();
      if (!deadline_ && !grace_end_) slow_.sample();
      if (gone) return ended_;
      end_if_command_has_ended();
      if (!deadline_)
        begin_end_if_due();
      else if (ended_.cause != EndCause::nothing)
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
  // For the child to complete its shutdown. CI systems kill about seven seconds after a first
  // signal.
  static constexpr std::chrono::milliseconds kGracePeriod{5000};
  static constexpr std::chrono::milliseconds kGracePeriodAtTimeLimit{300};
  // A sanitizer may have to look up many names before it lets the process die.
  static constexpr std::uint64_t kDyingSeconds = 15;

  // Reaps orphans of the plugin, detaches threads that have asked to be traced, and returns true if
  // the child has ended.
  bool reap() {
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG | __WALL)) > 0;) {
      if (WIFSTOPPED(status)) {
        ::ptrace(PTRACE_DETACH, pid, nullptr, WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status));
      } else if (pid == child_) {
        ended_.status = status;
        return true;
      }
    }
    return false;
  }

  // Without the command there would be no report.
  void end_if_command_has_ended() {
    if (::getppid() == command_) return;
    ::kill(-child_, SIGKILL);
    descendants_.kill_all();
    constexpr std::string_view kText =
        "surisim: the command has been killed, and the plugin was not judged\n";
    [[maybe_unused]] const auto n = ::write(STDERR_FILENO, kText.data(), kText.size());
    end_process(EXIT_FAILURE);
  }

  // Signals to this process: from the plugin, or from outside to end the run.
  void read_signals() {
    const Interrupts::Received received = Interrupts::received();
    if (received.count == 0) return;
    Interrupts::forget();
    const bool from_plugin = received.sender == child_ || is_descendant(received.sender);
    (from_plugin ? watch_.interference : watch_.interrupt) = received.last;
  }

  void begin_end_if_due() {
    if (channel_.signal.number != 0 || channel_.exit.how != nullptr) {
      deadline_ =
          Clock::now() + std::chrono::seconds(limits_.seconds == 0
                                                  ? kDyingSeconds
                                                  : std::min(kDyingSeconds, limits_.seconds + 1));
      return;
    }
    ask_to_end_if_due();
    if (!check_limits()) return;
    deadline_ = Clock::now() + std::chrono::milliseconds(kSummaryMs);
    if (ended_.cause == EndCause::memory) limit_growth(child_);
    if (ended_.cause == EndCause::time) request_location();
    request_summary(channel_);
    if (channel_.sender.tid != 0) return;
    // No sender: the run is complete, and its result has been sent.
    if (!location_requested_) request_location();
    deadline_ = Clock::now();
    if (ended_.culprit != nullptr) *deadline_ += kLocationTime;
  }

  // Asks the child once to end its run.
  void ask_to_end_if_due() {
    if (grace_end_) return;
    const Clock::time_point now = Clock::now();
    if (watch_.interrupt != 0) {
      grace_end_ = now + kGracePeriod;
    } else if (limits_.run_seconds != 0 &&
               now - start_ >= std::chrono::seconds(limits_.run_seconds)) {
      ended_.time_limit = true;
      grace_end_ = now + kGracePeriodAtTimeLimit;
    }
    if (grace_end_) ::kill(child_, SIGINT);
  }

  // Makes the culprit's thread note its stack, in the handler of SIGPROF (crash_handlers.cpp).
  void request_location() {
    constexpr std::uint32_t kRetries = 10;
    if (!std::exchange(location_requested_, true)) channel_.signal.retries = kRetries;
    if (ended_.culprit != nullptr) ::syscall(SYS_tgkill, child_, ended_.culprit->tid(), SIGPROF);
  }

  // Once the summary has been sent, or memory is far beyond the limit, waits only for the location,
  // and not for long.
  void advance_deadline() {
    const bool far_beyond =
        ended_.cause == EndCause::memory && memory_of(child_) > memory_limit_ / 4 * 5;
    if (channel_.sender.tid != 0 && channel_.sender.done == 0 && !far_beyond) return;
    // Only now, as a thread that is stopped while it allocates may hold a lock that the sender
    // needs.
    const bool requested = location_requested_;
    if (!requested || channel_.signal.number == 0) request_location();  // asks again, if needed
    const bool known = ended_.culprit == nullptr || channel_.signal.stack.complete;
    if (known || (requested && far_beyond))
      deadline_ = Clock::now();
    else if (!std::exchange(location_awaited_, true))
      deadline_ = Clock::now() + kLocationTime;
  }

  bool check_limits() {
    if (memory_limit_ != 0 && memory_of(child_) > memory_limit_) {
      ended_.cause = EndCause::memory;
      ended_.culprit = only_in_callback(channel_);
    } else if (hang_.expired()) {
      ended_.cause = EndCause::time;
      ended_.culprit = hang_.culprit();
    } else if (watch_.interference != 0) {
      ended_.cause = EndCause::interference;
    } else if (grace_end_ && Clock::now() >= *grace_end_) {
      ended_.cause = EndCause::grace_period;
    }
    return ended_.cause != EndCause::nothing;
  }

  pid_t command_;
  WatchState& watch_;
  pid_t child_;
  Channel& channel_;
  const Descendants& descendants_;
  ChildLimits limits_;
  std::uint64_t memory_limit_ = limits_.memory_mib * 1024 * 1024;  // bytes
  HangDetector hang_;
  SlowDetector slow_;
  int pidfd_;
  Ended ended_;
  Clock::time_point start_ = Clock::now();
  std::optional<Clock::time_point> grace_end_;  // nullopt: the child was not asked to end
  bool location_requested_ = false;
  bool location_awaited_ = false;
  std::optional<Clock::time_point> deadline_;
};

}  // namespace

void supervise(WatchState& watch, Channel& channel, const ChildLimits& limits, pid_t command,
               const std::function<void()>& prepare, const std::function<void(Channel&)>& body) {
  // A new process group, so that signals from the terminal only go to the command.
  ::setpgid(0, 0);
  Interrupts::forget();
  const Descendants descendants;
  const pid_t supervisor = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    prepare();
    run_child(channel, supervisor, body);
  }
  if (child < 0) {
    std::strncpy(watch.failure.data(), std::strerror(errno), watch.failure.size() - 1);
    end_process(EXIT_FAILURE);
  }
  watch.child = child;
  ::setpgid(child, child);  // the child does it, too, as either may be first
  watch.ended = Supervisor(command, watch, channel, limits, descendants).wait();
  ::kill(-child, SIGKILL);  // quickly ends most of the processes that the plugin has started
  descendants.kill_all();
  watch.done = true;
  end_process(EXIT_SUCCESS);
}

// Descendants, found in /proc.

namespace {

using namespace std::chrono_literals;

struct Process {
  pid_t pid;
  pid_t parent;
};

// "STATE PPID …" from "PID (NAME) STATE PPID …" in /proc/PID/stat; the name may contain anything.
// Empty: the process has ended.
std::string stat_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos || line.size() < name_end + 5) return "";
  return line.substr(name_end + 2);
}

pid_t parent_of(const std::string& pid) {
  const std::string stat = stat_of(pid);
  return stat.empty() ? 0 : static_cast<pid_t>(std::strtol(stat.c_str() + 2, nullptr, 10));
}

std::vector<Process> all_processes() {
  struct Close {
    void operator()(DIR* directory) const { ::closedir(directory); }
  };
  std::vector<Process> all;
  const std::unique_ptr<DIR, Close> proc(::opendir("/proc"));
  if (proc == nullptr) return all;
  while (const dirent* entry = ::readdir(proc.get())) {
    const auto pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (pid <= 0) continue;
    if (const pid_t parent = parent_of(entry->d_name); parent > 0) all.push_back({pid, parent});
  }
  return all;
}

bool contains(const std::vector<pid_t>& pids, pid_t pid) {
  return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

// The descendants of this process, without `except` and their descendants.
std::vector<pid_t> descendants(const std::vector<pid_t>& except) {
  const std::vector<Process> all = all_processes();
  std::vector<pid_t> found = {::getpid()};
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const Process& process : all)
      if (process.parent == found[i] && !contains(except, process.pid) &&
          !contains(found, process.pid))
        found.push_back(process.pid);
  }
  found.erase(found.begin());
  return found;
}

}  // namespace

Descendants::Descendants() : there_before_(descendants({})) {
  ::prctl(PR_GET_CHILD_SUBREAPER, &subreaper_before_);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Descendants::~Descendants() { ::prctl(PR_SET_CHILD_SUBREAPER, subreaper_before_); }

void Descendants::kill_all() const {
  const Clock::time_point end = Clock::now() + 1s;
  // Again, as those killed may have started others meanwhile.
  while (Clock::now() < end) {
    if (there_before_.empty() && ::waitpid(-1, nullptr, WNOHANG | __WALL) < 0 && errno == ECHILD)
      break;
    const std::vector<pid_t> left = descendants(there_before_);
    if (left.empty()) break;
    for (const pid_t pid : left) ::kill(pid, SIGKILL);
    for (const pid_t pid : left) ::waitpid(pid, nullptr, WNOHANG | __WALL);
    std::this_thread::sleep_for(1ms);
  }
}

bool is_descendant(pid_t pid) {
  while (pid > 1) {
    pid = parent_of(std::to_string(pid));
    if (pid == ::getpid()) return true;
  }
  return false;
}

char state_of(pid_t pid) {
  const std::string stat = stat_of(std::to_string(pid));
  return stat.empty() ? '\0' : stat.front();
}

}  // namespace surisim::sandbox
