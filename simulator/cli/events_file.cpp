#include "events_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "exit_status.hpp"

namespace surisim::cli {

EventsFile::EventsFile(const std::string& name) : opener_(::getpid()) {
  if (name.empty()) return;
  fd_ = name == "-" ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                    : ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  struct stat status {};
  if (fd_ < 0 || ::fstat(fd_, &status) != 0)
    throw UsageError(fmt::format("{}: cannot be written: {}", name, std::strerror(errno)));
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

EventsFile::~EventsFile() {
  if (fd_ >= 0) ::close(fd_);
}

int EventsFile::usable() const {
  struct stat status {};
  if (::fstat(fd_, &status) == 0 && status.st_dev == device_ && status.st_ino == inode_) return fd_;
  // The plugin's process has lost it; the process that opened it still has it.
  const std::string again = fmt::format("/proc/{}/fd/{}", opener_, fd_);
  return ::open(again.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
}

void EventsFile::write(const EventLog& events) const {
  if (!wanted() || written_.exchange(true)) return;
  const int fd = usable();
  std::string lines;
  const auto flush = [&] {
    for (std::size_t at = 0; at < lines.size();) {
      const ssize_t n = ::write(fd, lines.data() + at, lines.size() - at);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0)
        throw Failure(fmt::format("the events cannot be written: {}", std::strerror(errno)));
      at += static_cast<std::size_t>(n);
    }
    lines.clear();
  };
  for (const Event& event : events) {
    lines += to_json_line(event) + "\n";
    if (lines.size() > (std::size_t{1} << 16)) flush();  // there may be no time for all
  }
  flush();
  if (fd != fd_) ::close(fd);
}

}  // namespace surisim::cli
