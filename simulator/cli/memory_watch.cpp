#include "memory_watch.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>

namespace surisim::cli {
namespace {

// The sum of these lines of /proc/PID/status, in bytes.
std::uint64_t status_of(pid_t pid, std::initializer_list<std::string_view> keys) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  std::uint64_t kib = 0;
  for (std::string line; std::getline(file, line);) {
    for (const std::string_view key : keys)
      if (line.starts_with(key)) kib += std::stoull(line.substr(key.size()));
  }
  return kib * 1024;
}

}  // namespace

std::uint64_t memory_of(pid_t pid) { return status_of(pid, {"VmRSS:", "VmSwap:"}); }

std::uint64_t default_memory_limit_mib() {
  const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
  std::uint64_t bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::ifstream container("/sys/fs/cgroup/memory.max");  // "max" where there is none
  if (std::uint64_t most = 0; container >> most) bytes = std::min(bytes, most);
  return std::max<std::uint64_t>(1, bytes / 2 / 1024 / 1024);
}

void stop_growth(pid_t pid) {
  constexpr std::uint64_t kForLastWords = std::uint64_t{256} << 20;
  const std::uint64_t now = status_of(pid, {"VmSize:"});
  const rlimit limit{now + kForLastWords, now + kForLastWords};
  ::prlimit(pid, RLIMIT_AS, &limit, nullptr);
}

}  // namespace surisim::cli
