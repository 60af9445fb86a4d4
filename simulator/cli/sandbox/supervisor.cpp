// What the supervisor does between the fork and the end of the child. Its waits and clocks are its
// own: no thread of the engine runs in it.
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

// An exception that leaves a destructor or an exit handler ends in std::terminate(), where it is
// thrown: here the stack ends for whoever unwinds it. noexcept alone would take it down first with
// some compilers. As exit() is declared not to throw, a compiler that sees it called would end
// there: hence the volatile pointer.
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
  if (::getppid() != supervisor) end_process(EXIT_FAILURE);  // it died before prctl()
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

// Waits until the child is gone. Its end begins when it says so in the channel, or when it exceeds
// a limit; it then has until a deadline to send what it knows, and is killed.
class Supervisor {
 public:
  Supervisor(pid_t command, Watch& watch, Channel& channel, const ChildLimits& limits,
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
      if (!deadline_ && !patience_) slow_.sample();
      if (gone) return ended_;
      end_if_command_is_gone();
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
  // For the child to end in order. CI systems kill about seven seconds after their first signal.
  static constexpr std::chrono::milliseconds kPatience{5000};
  static constexpr std::chrono::milliseconds kPatienceAtTimeLimit{300};
  // A sanitizer may have to look up many names before it lets the process die.
  static constexpr std::uint64_t kDyingSeconds = 15;

  // True: the child is gone, and `ended_` has its status. Processes that the plugin has left behind
  // are reaped too, and threads that have asked to be traced by their parent are let go.
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

  // Without the command there is no report.
  void end_if_command_is_gone() {
    if (::getppid() == command_) return;
    ::kill(-child_, SIGKILL);
    descendants_.kill_all();
    constexpr std::string_view kText =
        "surisim: the command has been killed, and the plugin was not judged\n";
    [[maybe_unused]] const auto n = ::write(STDERR_FILENO, kText.data(), kText.size());
    end_process(EXIT_FAILURE);
  }

  // A signal to this process comes from the plugin, or from somebody who wants to end the run.
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
    if (ended_.limit == Exceeded::memory) limit_growth(child_);
    if (ended_.limit == Exceeded::time) request_location();
    request_summary(channel_);
    if (channel_.sender.tid != 0) return;
    // No sender: the run is over, and its result has been sent.
    if (!location_requested_) request_location();
    deadline_ = Clock::now();
    if (ended_.culprit != nullptr) *deadline_ += kLocationTime;
  }

  // Asks the child to end in order, once.
  void ask_to_end_if_due() {
    if (patience_) return;
    const Clock::time_point now = Clock::now();
    if (watch_.interrupt != 0) {
      patience_ = now + kPatience;
    } else if (limits_.run_seconds != 0 &&
               now - start_ >= std::chrono::seconds(limits_.run_seconds)) {
      ended_.time_limit = true;
      patience_ = now + kPatienceAtTimeLimit;
    }
    if (patience_) ::kill(child_, SIGINT);
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
    const bool known = ended_.culprit == nullptr || channel_.signal.stack.complete;
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
    } else if (watch_.interference != 0) {
      ended_.limit = Exceeded::interference;
    } else if (patience_ && Clock::now() >= *patience_) {
      ended_.limit = Exceeded::patience;
    }
    return ended_.limit != Exceeded::nothing;
  }

  pid_t command_;
  Watch& watch_;
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
  std::optional<Clock::time_point> patience_;  // its end; nothing: the child was not asked to end
  bool location_requested_ = false;
  bool location_awaited_ = false;
  std::optional<Clock::time_point> deadline_;
};

}  // namespace

void supervise(Watch& watch, Channel& channel, const ChildLimits& limits, pid_t command,
               const std::function<void()>& prepare, const std::function<void(Channel&)>& body) {
  // A group of its own: a signal from the terminal goes to the command alone.
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
  ::setpgid(child, child);  // the child does it too; whoever is first
  watch.ended = Supervisor(command, watch, channel, limits, descendants).wait();
  ::kill(-child, SIGKILL);  // the quick way to most of what the plugin has started
  descendants.kill_all();
  watch.done = true;
  end_process(EXIT_SUCCESS);
}

// Finds descendants in /proc.

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct Process {
  pid_t pid;
  pid_t parent;
};

// "STATE PPID …" of /proc/PID/stat, which begins with "PID (NAME) ", where the name may hold
// anything. Empty: the process is gone.
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

// Of this process, without `except` and theirs.
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
  // Each round may find children of those that the last one killed.
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
