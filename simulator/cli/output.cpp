#include "output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "exit_status.hpp"

namespace surisim::cli {

Output::Output(std::string file) : file_(std::move(file)), fd_(STDOUT_FILENO) {
  if (file_.empty()) return;
  fd_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
  if (fd_ < 0)
    throw UsageError(fmt::format("{}: cannot be written: {}", file_, std::strerror(errno)));
}

Output::~Output() {
  if (fd_ != STDOUT_FILENO) ::close(fd_);
}

void Output::take_stdout() {
  std::fflush(stdout);
  if (fd_ == STDOUT_FILENO) fd_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
}

bool Output::is_terminal() const { return ::isatty(fd_) != 0; }

void Output::write(const std::string& text) {
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  int error = 0;
  if (!file_.empty() && ::ftruncate(fd_, 0) != 0 && errno != EINVAL) error = errno;
  for (std::size_t at = 0; error == 0 && at < text.size();) {
    const ssize_t n = ::write(fd_, text.data() + at, text.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      error = errno;
    else
      at += static_cast<std::size_t>(n);
  }
  ::sigaction(SIGPIPE, &before, nullptr);
  if (error != 0)
    throw Failure(fmt::format("the report cannot be written to {}: {}",
                              file_.empty() ? "stdout" : file_, std::strerror(error)));
}

Outputs::Outputs(const ReportTo& to) {
  for (const Target& target : to.targets)
    outputs_.push_back({target.format, std::make_unique<Output>(target.file)});
}

void Outputs::take_stdout() {
  for (const Open& open : outputs_)
    if (open.output->is_stdout()) return open.output->take_stdout();
  Output("").take_stdout();
}

void Outputs::write(const std::function<std::string(Format, bool)>& make) {
  std::optional<Failure> failure;
  for (const Open& open : outputs_) {
    try {
      const bool color = open.output->is_terminal() && std::getenv("NO_COLOR") == nullptr;
      open.output->write(make(open.format, color));
    } catch (const Failure& one) {
      if (!failure) failure = one;
    }
  }
  if (failure) throw *failure;
}

}  // namespace surisim::cli
