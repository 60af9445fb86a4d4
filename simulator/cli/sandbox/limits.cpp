// Implements limits.hpp: reads memory from /proc, and progress from the journal.
#include "sandbox/limits.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>

#include "surisim/lifecycle.hpp"

namespace surisim::sandbox {
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
  std::ifstream container("/sys/fs/cgroup/memory.max");  // "max": no limit
  if (std::uint64_t max = 0; container >> max) bytes = std::min(bytes, max);
  return std::max<std::uint64_t>(1, bytes / 2 / 1024 / 1024);
}

void limit_growth(pid_t pid) {
  constexpr std::uint64_t kForItsEnd = std::uint64_t{256} << 20;
  const std::uint64_t now = status_of(pid, {"VmSize:"});
  const rlimit limit{now + kForItsEnd, now + kForItsEnd};
  ::prlimit(pid, RLIMIT_AS, &limit, nullptr);
}

HangDetector::HangDetector(const Channel& channel, std::uint64_t seconds)
    : channel_(channel), seconds_(seconds), moved_(Clock::now()) {}

bool HangDetector::expired() {
  if (seconds_ == 0) return false;
  const Clock::time_point now = Clock::now();
  const auto limit = std::chrono::seconds(seconds_);
  const State state{channel_.journal.phase, channel_.finished, channel_.packets_and_flows};
  bool moved = state != state_;
  const bool stopping = state.phase > 1 + static_cast<std::int32_t>(Phase::traffic);
  state_ = state;
  const std::uint32_t used = std::min<std::uint32_t>(channel_.journal.used, Journal::kEntries);
  if (callbacks_.size() < used) callbacks_.resize(used);
  for (std::uint32_t i = 0; i < used; ++i) {
    const JournalEntry& entry = channel_.journal.entries[i];
    const bool captures = entry.callback() == JournalCallback::capture_loop && !stopping;
    if (captures) moved = true;  // it may wait for packets as long as the engine runs
    const bool over = captures || entry.callback() == JournalCallback::none;
    const Running running{entry.tid(), entry.outermost_entered(), over};
    Seen& seen = callbacks_[i];
    if (running != seen.running) {
      seen = {running, now};
      moved = true;
    } else if (running.tid != 0 && !over && now - seen.since >= limit) {
      culprit_ = &entry;
      return true;
    }
  }
  if (moved) moved_ = now;
  return now - moved_ >= limit;
}

}  // namespace surisim::sandbox
