#include "child.hpp"

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

#include "autopsy.hpp"
#include "descendants.hpp"
#include "exit_status.hpp"
#include "hang_watch.hpp"
#include "last_words.hpp"
#include "memory_watch.hpp"
#include "witness.hpp"

namespace surisim::cli {
namespace {

using Clock = std::chrono::steady_clock;

// A sanitizer has a status of its own for what it finds at the end.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

std::string errno_text() { return std::strerror(errno); }

// Shared memory, given back at the end.
class SharedMemory {
 public:
  SharedMemory() {
    void* at = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) throw Failure("no memory to share with the plugin's process");
    // Zeroed by the kernel, and all of it starts as zeros: nothing to construct, no page to touch.
    shared_ = static_cast<Shared*>(at);
  }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory() { ::munmap(shared_, sizeof(Shared)); }
  Shared& get() { return *shared_; }

 private:
  Shared* shared_;
};

std::atomic<int> g_interrupts{0};
std::atomic<int> g_interrupt{0};  // the last one's signal

// While a child is watched, what is to end this process is counted, not obeyed: nothing of the
// plugin's must be left behind. What was ignored before stays ignored.
class CountInterrupts {
 public:
  CountInterrupts() {
    struct sigaction action {};
    action.sa_handler = [](int number) {
      g_interrupt = number;
      // Whoever hangs up or quits does not wait for a report.
      g_interrupts += number == SIGINT || number == SIGTERM ? 1 : 2;
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

// Whoever started us may have left SIGCHLD ignored, which exec() keeps: the kernel would then take
// each child's status away, and waitpid() never find it.
class KeepStatuses {
 public:
  KeepStatuses() {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &action, &before_);
  }
  KeepStatuses(const KeepStatuses&) = delete;
  KeepStatuses& operator=(const KeepStatuses&) = delete;
  ~KeepStatuses() { restore(); }
  void restore() const { ::sigaction(SIGCHLD, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

// What std::exit() is given at the end of a run: another status means that a destructor did not
// let it come to that.
constexpr int kRunIsOver = 86;

// What leaves a destructor or an exit handler as an exception finds no handler of ours on its way:
// it ends in std::terminate(). exit() is declared to let nothing out: a compiler that sees that it
// is exit() which is called would drop the very thing that stops an exception here.
[[noreturn]] void end_run() noexcept {
  void (*volatile const leave)(int) = std::exit;
  leave(kRunIsOver);
  std::abort();  // not reached
}

[[noreturn]] void be_child(Shared& shared, pid_t parent, const std::function<void(Shared&)>& body) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) end_process(kFailed);  // it died before we asked to die with it
  ::dup2(STDERR_FILENO, STDOUT_FILENO);             // the plugin's output is not the report
  install_last_words(shared);
  try {
    body(shared);
  } catch (const std::exception& error) {
    std::strncpy(shared.failure.data(), error.what(), shared.failure.size() - 1);
    end_process(kFailed);
  }
  // The plugins' destructors run, as at Suricata's end (L38).
  JournalEntry* entry = shared.journal.find(::getpid());
  if (entry == nullptr) entry = shared.journal.claim(::getpid(), "main");
  if (entry != nullptr) entry->enter(JournalCallback::close);
  shared.finished = true;
  end_run();
}

// Ends this process as the signal that was counted would have, and leaves nothing behind.
[[noreturn]] void obey_interrupt(pid_t child, const Descendants& descendants) {
  ::kill(-child, SIGKILL);
  descendants.kill_all();
  ::signal(g_interrupt, SIG_DFL);
  ::raise(g_interrupt);
  std::abort();  // not reached
}

// Passes the first interrupt on to the child; at the second one everything ends.
void heed_interrupts(pid_t child, bool& passed_on, const Descendants& descendants) {
  const int seen = g_interrupts;
  if (seen >= 2) obey_interrupt(child, descendants);
  if (seen == 0 || passed_on) return;
  passed_on = true;
  ::kill(child, SIGINT);
}

// Why the watching process ends the run.
enum class Limit { none, time, memory };

struct Ended {
  int status = 0;
  Limit passed = Limit::none;
  const JournalEntry* culprit = nullptr;  // the thread that hangs, or asked for the memory
};

// Looks at a child until it is gone, and sees to it that it goes when it has to.
class Watcher {
 public:
  Watcher(pid_t child, Shared& shared, const ChildLimits& limits)
      : child_(child), shared_(shared), limits_(limits), hang_(shared, limits.seconds) {
    pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher() {
    if (pidfd_ >= 0) ::close(pidfd_);
  }

  Ended watch(const Descendants& descendants) {
    bool passed_on = false;
    for (;;) {
      pollfd poll{pidfd_, POLLIN, 0};
      ::poll(&poll, pidfd_ >= 0 ? 1 : 0, pidfd_ >= 0 ? kLookEveryMs : 5);
      if (::waitpid(child_, &ended_.status, WNOHANG) == child_) {
        // It was not yet, or not any more, in a state to end in order.
        if (passed_on && WIFSIGNALED(ended_.status) && WTERMSIG(ended_.status) == SIGINT)
          obey_interrupt(child_, descendants);
        return ended_;
      }
      heed_interrupts(child_, passed_on, descendants);
      if (must_go() && Clock::now() >= goes_at_) {
        ::kill(child_, SIGKILL);
        ::kill(-child_, SIGKILL);
      }
    }
  }

 private:
  static constexpr int kLookEveryMs = 20;
  static constexpr int kPlaceMs = 200;
  static constexpr std::uint64_t kDying = 15;  // seconds

  // Whether the child's end has begun. It then has until goes_at_ to tell what it knows.
  bool must_go() {
    if (goes_at_ != Clock::time_point::max()) {
      if (ended_.passed != Limit::none) let_go();
      return true;
    }
    const bool dying = shared_.death.signal != 0 || shared_.exit.how != nullptr;
    if (!dying && !limit_passed()) return false;
    // A sanitizer may have to look up many names before it lets the process die.
    const std::uint64_t most =
        limits_.seconds == 0 ? kDying : std::min(kDying, limits_.seconds + 1);
    goes_at_ = Clock::now() + std::chrono::seconds(most);
    if (dying) return true;
    goes_at_ = Clock::now() + std::chrono::milliseconds(kWitnessMs);
    if (ended_.passed == Limit::memory) stop_growth(child_);
    if (ended_.passed == Limit::time) ask_place();
    ask_witness(shared_);
    if (shared_.witness.tid != 0) return true;
    // All has been told: at the end of the process.
    if (!place_asked_) ask_place();
    goes_at_ = Clock::now() + std::chrono::milliseconds(ended_.culprit != nullptr ? kPlaceMs : 0);
    return true;
  }

  // Where it is its own thread can tell: the handler of a signal that would end the process notes
  // the place (last_words.cpp).
  void ask_place() {
    place_asked_ = true;
    if (ended_.culprit != nullptr) ::syscall(SYS_tgkill, child_, ended_.culprit->tid(), SIGPROF);
  }

  // Told, or beyond all limits: no need to wait but for the place, which comes soon if at all.
  void let_go() {
    const bool too_much = ended_.passed == Limit::memory && memory_of(child_) > most_ / 4 * 5;
    if (shared_.witness.answered == 0 && !too_much) return;
    // Who asks for memory may hold a lock that the witness needs: only now it may be stopped.
    const bool asked = place_asked_;
    if (!asked) ask_place();
    const bool known = ended_.culprit == nullptr || shared_.death.place.module[0] != '\0';
    if (known || (asked && too_much))
      goes_at_ = Clock::now();
    else if (!std::exchange(place_awaited_, true))
      goes_at_ = Clock::now() + std::chrono::milliseconds(kPlaceMs);
  }

  bool limit_passed() {
    if (most_ != 0 && memory_of(child_) > most_) {
      ended_.passed = Limit::memory;
      ended_.culprit = only_in_callback(shared_);
    } else if (hang_.expired()) {
      ended_.passed = Limit::time;
      ended_.culprit = hang_.culprit();
    }
    return ended_.passed != Limit::none;
  }

  pid_t child_;
  Shared& shared_;
  ChildLimits limits_;
  std::uint64_t most_ = limits_.memory_mib * 1024 * 1024;  // bytes
  HangWatch hang_;
  int pidfd_ = -1;
  Ended ended_;
  bool place_asked_ = false;
  bool place_awaited_ = false;
  Clock::time_point goes_at_ = Clock::time_point::max();
};

std::optional<Violation> ending_of(const Shared& shared, const Ended& ended,
                                   const ChildLimits& limits) {
  if (ended.passed == Limit::time) return hang_violation(shared, ended.culprit, limits.seconds);
  if (ended.passed == Limit::memory)
    return memory_violation(shared, ended.culprit, limits.memory_mib);
  if (const int recorded = shared.death.signal; recorded != 0)
    return crash_violation(shared, recorded);
  if (WIFSIGNALED(ended.status)) {
    const bool ends_itself = WTERMSIG(ended.status) == SIGKILL && shared.exit.how != nullptr;
    if (!ends_itself) return crash_violation(shared, WTERMSIG(ended.status));
  }
  const int status =
      WIFEXITED(ended.status) ? WEXITSTATUS(ended.status) : shared.exit.status.load();
  if (shared.finished && (status == kRunIsOver || kSanitized)) return std::nullopt;
  return exit_violation(shared, status);
}

}  // namespace

ChildResult run_in_child(const ChildLimits& limits, const std::function<void(Shared&)>& body) {
  SharedMemory memory;
  Shared& shared = memory.get();
  const CountInterrupts handlers;
  const KeepStatuses statuses;
  const Descendants descendants;
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw Failure("cannot start a process for the plugin: " + errno_text());
  if (child == 0) {
    handlers.restore();
    statuses.restore();
    be_child(shared, parent, body);
  }
  ::setpgid(child, child);  // the child does it too; whoever is first

  const Ended ended = Watcher(child, shared, limits).watch(descendants);
  ::kill(-child, SIGKILL);  // the quick way to most of what the plugin has started
  descendants.kill_all();
  if (shared.failure[0] != '\0') throw Failure(shared.failure.data());
  ChildResult result;
  for (Mailbox::Letter& letter : shared.mailbox.read()) {
    if (letter.kind == Mailbox::Kind::result)
      result.frame = std::move(letter.text);
    else
      result.violations.push_back(std::move(letter.text));
  }
  result.ending = ending_of(shared, ended, limits);
  return result;
}

}  // namespace surisim::cli
