// Implements plugin_output.hpp. To keep the output, stderr becomes a pipe, which the collector
// process reads until all writers have closed it.
#include "sandbox/plugin_output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "sandbox/crash_handlers.hpp"

namespace surisim::sandbox {
namespace {

constexpr std::size_t kKeptBytes = std::size_t{64} * 1024;
constexpr int kEndMs = 2000;

// False: it cannot be written any more.
bool write_all(int fd, const char* at, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::write(fd, at, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

struct PluginOutput::Buffer {
  std::atomic<std::uint64_t> bytes;     // printed in all
  std::array<char, kKeptBytes> first;   // the beginning
  std::array<char, kKeptBytes> latest;  // what follows it, as a ring

  void add(const char* text, std::size_t size) {
    std::uint64_t at = bytes;
    for (std::size_t i = 0; i < size; ++i, ++at)
      (at < kKeptBytes ? first[at] : latest[at % kKeptBytes]) = text[i];
    bytes = at;
  }
};

PluginOutput::PluginOutput(const std::string& file) {
  if (file.empty()) return;
  target_ =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
  if (target_ < 0)
    throw SandboxError(fmt::format("{}: cannot be written: {}", file, std::strerror(errno)));
}

PluginOutput::~PluginOutput() {
  restore();
  if (target_ >= 0) ::close(target_);
}

void PluginOutput::redirect(bool keep) {
  if (target_ < 0 && !keep) return;
  std::fflush(stderr);
  stderr_before_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (stderr_before_ < 0) return;  // closed: nobody reads it
  if (keep)
    start_collector();
  else
    ::dup2(target_, STDERR_FILENO);
}

void PluginOutput::start_collector() {
  buffer_ = std::make_unique<Shared<Buffer>>();
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
    throw SandboxError("no descriptors to keep what the plugin prints");
  const int to = target_ < 0 ? stderr_before_ : target_;
  collector_ = ::fork();
  if (collector_ == 0) collect(pipe[0], to, **buffer_);
  if (collector_ > 0) ::dup2(pipe[1], STDERR_FILENO);
  ::close(pipe[0]);
  ::close(pipe[1]);
  if (collector_ < 0)
    throw SandboxError(fmt::format("cannot start a process that keeps what the plugin prints: {}",
                                   std::strerror(errno)));
}

void PluginOutput::collect(int from, int to, Buffer& buffer) {
  ::setpgid(0, 0);  // a signal from the terminal is for the command
  for (const int ignored : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) ::signal(ignored, SIG_IGN);
  // Closes all other descriptors: its own copy of the pipe's writing end would keep the pipe open.
  constexpr int kFree = STDERR_FILENO + 1;
  from = ::fcntl(from, F_DUPFD, kFree);
  to = ::fcntl(to, F_DUPFD, kFree);
  from = ::dup2(from, STDIN_FILENO);
  to = ::dup2(to, STDOUT_FILENO);
  ::close_range(STDERR_FILENO, ~0U, 0);
  bool shown = true;
  std::array<char, std::size_t{16} * 1024> chunk;
  for (;;) {
    const ssize_t n = ::read(from, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) end_process(0);
    const auto size = static_cast<std::size_t>(n);
    buffer.add(chunk.data(), size);
    shown = shown && write_all(to, chunk.data(), size);
  }
}

void PluginOutput::restore() {
  if (stderr_before_ < 0) return;
  std::fflush(stderr);
  ::dup2(stderr_before_, STDERR_FILENO);
  ::close(stderr_before_);
  stderr_before_ = -1;
  if (collector_ < 0) return;
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, collector_, 0));
  pollfd poll{pidfd, POLLIN, 0};
  if (pidfd < 0 || ::poll(&poll, 1, kEndMs) <= 0) ::kill(collector_, SIGKILL);
  if (pidfd >= 0) ::close(pidfd);
  ::waitpid(collector_, nullptr, 0);
  collector_ = -1;
}

std::string PluginOutput::text() const {
  if (buffer_ == nullptr) return {};
  const Buffer& buffer = **buffer_;
  const std::uint64_t bytes = buffer.bytes;
  std::string out(buffer.first.data(), std::min<std::uint64_t>(bytes, kKeptBytes));
  if (bytes <= kKeptBytes) return out;
  const std::uint64_t size = std::min<std::uint64_t>(bytes - kKeptBytes, kKeptBytes);
  if (const std::uint64_t lost = bytes - kKeptBytes - size; lost > 0)
    out += fmt::format("\n… {} bytes are left out …\n", lost);
  for (std::uint64_t at = bytes - size; at < bytes; ++at) out += buffer.latest[at % kKeptBytes];
  return out;
}

}  // namespace surisim::sandbox
