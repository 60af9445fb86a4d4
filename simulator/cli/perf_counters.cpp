#include "perf_counters.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace surisim::cli {
namespace {

int open_counter(std::uint64_t event, int group) {
  perf_event_attr attr{};
  attr.type = PERF_TYPE_HARDWARE;
  attr.size = sizeof attr;
  attr.config = event;
  attr.exclude_kernel = 1;
  attr.exclude_hv = 1;
  attr.read_format = PERF_FORMAT_GROUP;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attr, 0, -1, group,
                                    static_cast<unsigned long>(PERF_FLAG_FD_CLOEXEC)));
}

}  // namespace

PerfCounters::PerfCounters() : group_(open_counter(PERF_COUNT_HW_INSTRUCTIONS, -1)) {
  if (group_ >= 0) misses_ = open_counter(PERF_COUNT_HW_CACHE_MISSES, group_);
}

PerfCounters::~PerfCounters() {
  if (misses_ >= 0) ::close(misses_);
  if (group_ >= 0) ::close(group_);
}

std::optional<PerfCounts> PerfCounters::read() const {
  std::array<std::uint64_t, 3> values{};  // how many, and each
  if (misses_ < 0 || ::read(group_, values.data(), sizeof values) != sizeof values)
    return std::nullopt;
  return PerfCounts{values[1], values[2]};
}

}  // namespace surisim::cli
