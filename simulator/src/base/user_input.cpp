// Reads users' text files, and words the messages about wrong input.
#include "base/user_input.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace surisim::base {

namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 26;  // bytes
constexpr int kFifoTimeout = 1000;                          // ms, to wait for a writer

// With commas from five digits on: "1024", "16,384".
std::string grouped(std::uint64_t n) {
  std::string out = std::to_string(n);
  if (out.size() < 5) return out;
  for (std::size_t at = out.size(); at > 3; out.insert(at, ",")) at -= 3;
  return out;
}

struct Descriptor {
  explicit Descriptor(int opened) : fd(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  const int fd;
};

// Waits until `fd` can be read, and returns the events of poll; 0 after the time-out.
short wait_for(int fd, int timeout_ms) {
  pollfd at{fd, POLLIN, 0};
  while (::poll(&at, 1, timeout_ms) < 0 && errno == EINTR) {
  }
  return at.revents;
}

// The Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row.back();
}

}  // namespace

std::string_view closest(std::string_view text, std::span<const std::string_view> names) {
  constexpr std::size_t kLongestName = 64;  // a longer text is not a misspelt name
  if (text.empty() || text.size() > kLongestName) return {};
  std::string_view best;
  std::size_t least = SIZE_MAX;
  for (const std::string_view name : names) {
    // A part of a name, such as "leaked" or "value-leak", counts more than the distance.
    const bool part = (text.size() >= 4 && name.find(text) != std::string_view::npos) ||
                      (name.size() >= 4 && text.find(name) != std::string_view::npos);
    const std::size_t far = part ? 0 : distance(text, name);
    if (far < least) {
      least = far;
      best = name;
    }
  }
  // Two letters may be swapped in a short name; three changes in six letters are another word.
  const std::size_t limit =
      std::max(std::min<std::size_t>(2, (text.size() + 1) / 2), text.size() / 3);
  return least <= limit ? best : std::string_view();
}

std::string shown(std::string_view given) {
  constexpr std::size_t kMost = 80;
  if (given.size() <= kMost) return std::string(given);
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(given[end]) & 0xc0) == 0x80) --end;  // UTF-8
  return std::string(given.substr(0, end)) + "…";
}

std::string expected_count(std::uint64_t least, std::uint64_t most, std::string_view given) {
  return fmt::format("expected a whole number from {} to {}, got \"{}\"", grouped(least),
                     grouped(most), shown(given));
}

bool is_share(double value) { return std::isfinite(value) && !std::signbit(value) && value <= 1; }

std::string expected_share(std::string_view given) {
  return fmt::format("expected a share from 0 to 1, got \"{}\"", shown(given));
}

std::string current_directory() {
  std::error_code unknown;
  std::string now = std::filesystem::current_path(unknown).string();
  return unknown ? "" : now;
}

std::string in_directory(const std::string& directory, const std::string& name) {
  if (directory.empty() || name.empty() || name.front() == '/') return name;
  return directory + "/" + name;
}

expected<std::string> read_text_file(const std::string& file, const std::string& what) {
  const auto refuse = [&](const std::string& why) {
    return fail(ErrorCode::invalid_option, fmt::format("{}: {}; expected {}", file, why, what));
  };
  // O_NONBLOCK: opening a FIFO would otherwise block until there is a writer.
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (in.fd < 0) return refuse(fmt::format("cannot be opened: {}", std::strerror(errno)));
  struct stat info {};
  if (::fstat(in.fd, &info) == 0 && S_ISDIR(info.st_mode)) return refuse("a directory");
  const bool is_fifo = S_ISFIFO(info.st_mode);
  if (is_fifo) wait_for(in.fd, kFifoTimeout);
  std::string text;
  for (std::array<char, 4096> block;;) {
    const ssize_t got = ::read(in.fd, block.data(), block.size());
    // If there ever was a writer, a FIFO ends with a hang-up.
    if (got == 0 && is_fifo && text.empty() && (wait_for(in.fd, 0) & POLLHUP) == 0)
      return refuse("a FIFO without a writer");
    if (got == 0) return text;
    if (got > 0) {
      text.append(block.data(), static_cast<std::size_t>(got));
    } else if (errno == EAGAIN) {
      wait_for(in.fd, -1);
    } else if (errno != EINTR) {
      return refuse(fmt::format("cannot be read: {}", std::strerror(errno)));
    }
    if (text.size() > kLargestFile) return refuse(fmt::format("more than {} bytes", kLargestFile));
  }
}

}  // namespace surisim::base
