#include "child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "autopsy.hpp"
#include "exit_status.hpp"
#include "last_words.hpp"

namespace surisim::cli {
namespace {

using Clock = std::chrono::steady_clock;

std::string errno_text() { return std::strerror(errno); }

// Shared memory, given back at the end.
class SharedMemory {
 public:
  SharedMemory() {
    void* at =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
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

// While a child is watched, SIGINT and SIGTERM are counted, not obeyed.
class CountInterrupts {
 public:
  CountInterrupts() {
    struct sigaction action {};
    action.sa_handler = [](int) { ++g_interrupts; };
    ::sigaction(SIGINT, &action, &int_before_);
    ::sigaction(SIGTERM, &action, &term_before_);
  }
  CountInterrupts(const CountInterrupts&) = delete;
  CountInterrupts& operator=(const CountInterrupts&) = delete;
  ~CountInterrupts() { restore(); }
  void restore() const {
    ::sigaction(SIGINT, &int_before_, nullptr);
    ::sigaction(SIGTERM, &term_before_, nullptr);
  }

 private:
  struct sigaction int_before_ {};
  struct sigaction term_before_ {};
};

// Watches the journal for what stands still.
class HangWatch {
 public:
  HangWatch(const Shared& shared, std::uint64_t seconds)
      : shared_(shared), seconds_(seconds), moved_(Clock::now()) {}

  // True once the limit has passed; culprit() is then the callback, or null.
  bool expired() {
    if (seconds_ == 0) return false;
    const Clock::time_point now = Clock::now();
    const auto limit = std::chrono::seconds(seconds_);
    const State state{shared_.journal.phase, shared_.finished, shared_.beat};
    bool moved = state != state_;
    state_ = state;
    const std::uint32_t used = std::min<std::uint32_t>(shared_.journal.used, Journal::kEntries);
    if (callbacks_.size() < used) callbacks_.resize(used);
    for (std::uint32_t i = 0; i < used; ++i) {
      const JournalEntry& entry = shared_.journal.entries[i];
      const Running running{entry.tid(), entry.entered(), entry.callback()};
      Seen& seen = callbacks_[i];
      if (running != seen.running) {
        seen = {running, now};
        moved = true;
      } else if (running.tid != 0 && running.callback != JournalCallback::none &&
                 now - seen.since >= limit) {
        culprit_ = &entry;
        return true;
      }
    }
    if (moved) moved_ = now;
    return now - moved_ >= limit;
  }
  const JournalEntry* culprit() const { return culprit_; }

 private:
  struct State {
    std::int32_t phase = 0;
    bool finished = false;
    std::uint64_t beat = 0;
    bool operator==(const State&) const = default;
  };
  struct Running {
    std::int32_t tid = 0;
    std::uint64_t entered = 0;
    JournalCallback callback = JournalCallback::none;
    bool operator==(const Running&) const = default;
  };
  struct Seen {
    Running running;
    Clock::time_point since;
  };

  const Shared& shared_;
  std::uint64_t seconds_;
  Clock::time_point moved_;
  State state_;
  std::vector<Seen> callbacks_;
  const JournalEntry* culprit_ = nullptr;
};

// Keeps the last whole frame of what arrives.
class FrameReader {
 public:
  explicit FrameReader(int fd) : fd_(fd) { ::fcntl(fd, F_SETFL, O_NONBLOCK); }
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;
  ~FrameReader() { ::close(fd_); }

  int fd() const { return fd_; }
  // False at the end of what the child has to say.
  bool read() {
    std::array<char, 65536> chunk;
    for (;;) {
      const ssize_t n = ::read(fd_, chunk.data(), chunk.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return true;
      if (n == 0) return false;
      pending_.append(chunk.data(), static_cast<std::size_t>(n));
      const std::size_t end = pending_.rfind('\n');
      if (end == std::string::npos) continue;
      const std::size_t before = end == 0 ? std::string::npos : pending_.rfind('\n', end - 1);
      const std::size_t begin = before == std::string::npos ? 0 : before + 1;
      last_ = pending_.substr(begin, end - begin);
      pending_.erase(0, end + 1);
    }
  }
  std::string take() { return std::move(last_); }

 private:
  int fd_;
  std::string pending_;
  std::string last_;
};

[[noreturn]] void be_child(Shared& shared, int fd, pid_t parent,
                           const std::function<void(Shared&, const Frames&)>& body) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kFailed);  // it died before we asked to die with it
  ::dup2(STDERR_FILENO, STDOUT_FILENO);         // the plugin's output is not the report
  install_last_words(shared);
  try {
    body(shared, Frames(fd));
  } catch (const std::exception& error) {
    std::strncpy(shared.failure.data(), error.what(), shared.failure.size() - 1);
    ::_exit(kFailed);
  }
  shared.finished = true;
  std::exit(0);  // the plugins' destructors run, as at Suricata's end (L38)
}

// Passes the first interrupt on to the child; at the second one everything ends.
void heed_interrupts(pid_t child, int& passed_on, const CountInterrupts& handlers) {
  const int seen = g_interrupts;
  if (seen == 0) return;
  if (passed_on == 0) {
    passed_on = 1;
    ::kill(child, SIGINT);
  }
  if (seen < 2) return;
  ::kill(-child, SIGKILL);
  handlers.restore();
  ::raise(SIGINT);
}

struct Ended {
  int status = 0;
  bool timed_out = false;
};

Ended watch(pid_t child, FrameReader& reader, HangWatch& hang, const CountInterrupts& handlers) {
  Ended ended;
  int passed_on = 0;
  bool open = true;
  for (;;) {
    pollfd poll{reader.fd(), POLLIN, 0};
    ::poll(&poll, open ? 1 : 0, open ? 100 : 5);
    if (open) open = reader.read();
    const pid_t gone = ::waitpid(child, &ended.status, WNOHANG);
    if (gone == child) break;
    heed_interrupts(child, passed_on, handlers);
    if (!ended.timed_out && hang.expired()) {
      ended.timed_out = true;
      ::kill(-child, SIGKILL);
    }
  }
  if (open) reader.read();
  ::kill(-child, SIGKILL);  // what the plugin has started and left
  return ended;
}

}  // namespace

void Frames::send(const std::string& frame) const {
  const std::string line = frame + "\n";
  for (std::size_t at = 0; at < line.size();) {
    const ssize_t n = ::write(fd_, line.data() + at, line.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // nobody listens any more
    at += static_cast<std::size_t>(n);
  }
}

ChildResult run_in_child(std::uint64_t timeout_seconds,
                         const std::function<void(Shared&, const Frames&)>& body) {
  SharedMemory memory;
  Shared& shared = memory.get();
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Failure("cannot make a pipe: " + errno_text());
  FrameReader reader(ends[0]);
  const CountInterrupts handlers;
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    ::close(ends[1]);
    throw Failure("cannot start a process for the plugin: " + errno_text());
  }
  if (child == 0) {
    handlers.restore();
    be_child(shared, ends[1], parent, body);
  }
  ::setpgid(child, child);  // the child does it too; whoever is first
  ::close(ends[1]);

  HangWatch hang(shared, timeout_seconds);
  const Ended ended = watch(child, reader, hang, handlers);
  if (shared.failure[0] != '\0') throw Failure(shared.failure.data());
  ChildResult result;
  result.frame = reader.take();
  const int recorded = shared.death.signal;
  if (ended.timed_out) {
    result.ending = hang_violation(shared, hang.culprit(), timeout_seconds);
  } else if (recorded != 0) {
    result.ending = crash_violation(shared, recorded);
  } else if (WIFSIGNALED(ended.status)) {
    if (WTERMSIG(ended.status) == SIGKILL)
      throw Failure("the process with the plugin was killed (SIGKILL): out of memory?");
    result.ending = crash_violation(shared, WTERMSIG(ended.status));
  } else if (!shared.finished) {
    result.ending = exit_violation(shared, WEXITSTATUS(ended.status));
  }
  return result;
}

}  // namespace surisim::cli
