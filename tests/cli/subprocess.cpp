// Implements subprocess.hpp.
#include "subprocess.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>

namespace surisim::test {
namespace {

[[noreturn]] void execute(const Arguments& arguments, int out, int err,
                          const std::vector<std::string>& environment) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // if a test is killed, so is the command
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  for (const std::string& variable : environment) {
    const std::size_t equals = variable.find('=');
    ::setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  // Another build of it (tests/translate).
  const char* const other = ::getenv("SURISIM_TEST_COMMAND");
  std::vector<std::string> words = {other != nullptr ? other : SURISIM_TEST_COMMAND};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

bool open_terminal(std::array<int, 2>& ends) {
  return ::openpty(&ends[0], &ends[1], nullptr, nullptr, nullptr) == 0;
}

void append(int& fd, std::string& to) {
  std::array<char, 65536> chunk;
  const ssize_t n = ::read(fd, chunk.data(), chunk.size());
  if (n > 0) {
    to.append(chunk.data(), static_cast<std::size_t>(n));
  } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {  // a terminal ends with EIO
    ::close(fd);
    fd = -1;
  }
}

}  // namespace

Subprocess::Subprocess(const Arguments& arguments, Stdout out,
                       const std::vector<std::string>& environment) {
  std::array<int, 2> out_ends{};
  std::array<int, 2> err_ends{};
  if (out == Stdout::terminal) {
    if (!open_terminal(out_ends)) std::abort();
  } else if (::pipe2(out_ends.data(), O_CLOEXEC) != 0) {
    std::abort();
  }
  if (::pipe2(err_ends.data(), O_CLOEXEC) != 0) std::abort();
  if (out == Stdout::closed_pipe) {
    ::close(out_ends[0]);
    out_ends[0] = -1;
  }
  pid_ = ::fork();
  if (pid_ < 0) std::abort();
  if (pid_ == 0) execute(arguments, out_ends[1], err_ends[1], environment);
  ::close(out_ends[1]);
  ::close(err_ends[1]);
  out_fd_ = out_ends[0];
  err_fd_ = err_ends[0];
}

Subprocess::~Subprocess() {
  if (!gone_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &raw_status_, 0);
  }
  if (out_fd_ >= 0) ::close(out_fd_);
  if (err_fd_ >= 0) ::close(err_fd_);
}

bool Subprocess::read_some(int timeout_ms) {
  std::array<pollfd, 2> fds = {pollfd{out_fd_, POLLIN, 0}, pollfd{err_fd_, POLLIN, 0}};
  if (::poll(fds.data(), fds.size(), timeout_ms) <= 0) return false;
  if (fds[0].revents != 0) append(out_fd_, ran_.out);
  if (fds[1].revents != 0) append(err_fd_, ran_.err);
  return true;
}

std::string Subprocess::wait_for_stderr(const std::string& text) {
  for (;;) {
    const std::size_t at = ran_.err.find(text);
    const std::size_t end = at == std::string::npos ? at : ran_.err.find('\n', at);
    if (end != std::string::npos) return ran_.err.substr(at, end - at);
    if (err_fd_ < 0) return "stderr ended without it: " + ran_.err;
    read_some(-1);
  }
}

std::string Subprocess::wait_for_stdout(const std::string& text) {
  for (;;) {
    const std::size_t at = ran_.out.find(text);
    const std::size_t end = at == std::string::npos ? at : ran_.out.find('\n', at);
    if (end != std::string::npos) return ran_.out.substr(at, end - at);
    if (out_fd_ < 0) return "stdout ended without it: " + ran_.out;
    read_some(-1);
  }
}

void Subprocess::signal(int number) const { ::kill(pid_, number); }

bool Subprocess::reap() {
  if (!gone_) gone_ = ::waitpid(pid_, &raw_status_, WNOHANG) == pid_;
  return gone_;
}

Ran Subprocess::finish_with(int number) {
  while (!reap()) {
    signal(number);
    read_some(1);
  }
  return finish();
}

Ran Subprocess::finish() {
  while (out_fd_ >= 0 || err_fd_ >= 0) read_some(-1);
  if (!gone_) {
    while (::waitpid(pid_, &raw_status_, 0) < 0 && errno == EINTR) {
    }
    gone_ = true;
  }
  if (WIFEXITED(raw_status_)) ran_.status = WEXITSTATUS(raw_status_);
  if (WIFSIGNALED(raw_status_)) ran_.signal = WTERMSIG(raw_status_);
  return ran_;
}

Ran surisim(const Arguments& arguments) { return Subprocess(arguments).finish(); }

std::string plugin(const std::string& name) {
  return std::string(SURISIM_CLI_PLUGIN_DIR) + "/" + name + ".so";
}

bool has_terminals() {
  std::array<int, 2> ends{};
  if (!open_terminal(ends)) return false;
  for (const int fd : ends) ::close(fd);
  return true;
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "";
  const std::size_t begin = text.find_last_of('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1, end - begin);
}

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

bool nothing_left() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  // LeakSanitizer searches in a separate process, which ends shortly after the command.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (::waitpid(-1, nullptr, WNOHANG) >= 0 && std::chrono::steady_clock::now() < end)
    ::sched_yield();
#endif
  return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD;
}

}  // namespace surisim::test
