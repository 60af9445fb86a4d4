// Implements command_pool.hpp with processes and pipes.
#include "command_pool.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

#include "output.hpp"

namespace surisim::cli {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

// Reads a pipe, and keeps the end of what was written to it.
class CommandPool::Reader {
 public:
  explicit Reader(std::size_t most) : max_(most) {}
  Reader(Reader&& other) noexcept
      : max_(other.max_), fd_(std::exchange(other.fd_, -1)), text_(std::move(other.text_)) {}
  Reader& operator=(Reader&&) = delete;
  ~Reader() { close(); }

  // Returns the descriptor to write to.
  int open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw Failure("cannot start a run: {}", std::strerror(errno));
    fd_ = ends[0];
    ::fcntl(fd_, F_SETFL, O_NONBLOCK);
    return ends[1];
  }
  int fd() const { return fd_; }
  const std::string& text() const { return text_; }
  // False at the end of the file.
  bool read() {
    char block[4096];
    for (;;) {
      const ssize_t n = ::read(fd_, block, sizeof block);
      if (n == 0) return false;
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno == EAGAIN;
      text_.append(block, static_cast<std::size_t>(n));
      if (text_.size() > 2 * max_) text_.erase(0, text_.size() - max_);
    }
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  std::size_t max_;  // bytes of the end that are kept, at least
  int fd_ = -1;
  std::string text_;
};

struct CommandPool::Running {
  std::size_t index;
  pid_t pid = -1;
  Clock::time_point start = Clock::now();
  Reader out{std::size_t{256} << 20};
  Reader errors{std::size_t{64} << 10};
};

std::string CommandResult::last_error() const {
  std::string text = errors;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  text.erase(0, text.rfind('\n') + 1);
  constexpr std::string_view kName = "surisim: ";
  if (text.starts_with(kName)) text.erase(0, kName.size());
  return text;
}

CommandPool::CommandPool(std::size_t jobs) : jobs_(jobs) {}

CommandPool::~CommandPool() {
  end_all();
  for (Running& run : running_) {
    run.out.close();
    run.errors.close();
    while (::waitpid(run.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

bool CommandPool::full() const { return running_.size() >= jobs_; }

bool CommandPool::idle() const { return running_.empty(); }

void CommandPool::start(std::size_t index, const std::vector<std::string>& words) {
  Running& run = running_.emplace_back(Running{.index = index});
  std::vector<std::string> all = {"surisim"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> argv;
  argv.reserve(all.size() + 1);
  for (std::string& word : all) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int out = run.out.open();
  const int err = run.errors.open();
  run.pid = ::fork();
  if (run.pid == 0) {
    ::setpgid(0, 0);  // this process forwards a terminal's signals
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    interrupts_.restore();
    if (const auto received = sandbox::Interrupts::received(); received.count > forwarded_)
      ::raise(received.last);  // received since the fork
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(null, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    ::execv("/proc/self/exe", argv.data());
    ::_exit(kFailed);
  }
  const int error = errno;
  ::close(out);
  ::close(err);
  if (run.pid < 0) {
    running_.pop_back();
    throw Failure("cannot start a run: {}", std::strerror(error));
  }
}

CommandResult CommandPool::result_of(Running& run) {
  int raw = 0;
  while (::waitpid(run.pid, &raw, 0) < 0 && errno == EINTR) forward_interrupts();
  run.errors.read();
  CommandResult result;
  result.status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  result.out = run.out.text();
  result.errors = run.errors.text();
  result.seconds = std::chrono::duration<double>(Clock::now() - run.start).count();
  return result;
}

void CommandPool::wait(const std::function<void(std::size_t, CommandResult)>& take) {
  std::vector<pollfd> all;
  for (const Running& run : running_) {
    all.push_back({run.out.fd(), POLLIN, 0});
    all.push_back({run.errors.fd(), POLLIN, 0});
  }
  constexpr int kMs = 200;  // a signal may have come just before
  std::vector<std::pair<std::size_t, CommandResult>> ended;
  if (::poll(all.data(), all.size(), kMs) > 0) {
    for (std::size_t i = running_.size(); i > 0; --i) {
      Running& run = running_[i - 1];
      if (all[2 * i - 1].revents != 0 && !run.errors.read()) run.errors.close();
      if (all[2 * i - 2].revents == 0 || run.out.read()) continue;
      ended.emplace_back(run.index, result_of(run));
      run.out.close();
    }
    std::vector<Running> rest;
    for (Running& run : running_)
      if (run.out.fd() >= 0) rest.push_back(std::move(run));
    running_ = std::move(rest);
  }
  forward_interrupts();
  for (auto& [index, result] : ended) take(index, std::move(result));
}

void CommandPool::end_all() const {
  for (const Running& run : running_) ::kill(run.pid, SIGTERM);
}

void CommandPool::forward_interrupts() {
  const auto received = sandbox::Interrupts::received();
  for (; forwarded_ < received.count; ++forwarded_) {
    signal_ = received.last;
    for (const Running& run : running_) ::kill(run.pid, received.last);
  }
}

}  // namespace surisim::cli
