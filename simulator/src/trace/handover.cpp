#include "trace/handover.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace surisim::engine {

namespace {

// Not FUTEX_PRIVATE_FLAG, which is for words of one process, as these are: since Linux 6.16 a
// process has its own table for those, sized by the number of processors. Thousands of threads that
// wait make queues of hundreds in it, and each wake-up walks along one of them.
constexpr int kWait = FUTEX_WAIT;
constexpr int kWake = FUTEX_WAKE;

}  // namespace

bool FlagWait::wait(std::uint32_t& word, std::uint32_t seen, Deadline deadline) const noexcept {
  timespec left{};
  if (deadline) {
    const auto until = std::chrono::duration_cast<std::chrono::nanoseconds>(
        *deadline - std::chrono::steady_clock::now());
    if (until.count() <= 0) return false;
    left.tv_sec = static_cast<std::time_t>(until.count() / 1'000'000'000);
    left.tv_nsec = static_cast<long>(until.count() % 1'000'000'000);
  }
  waiting_.fetch_add(1, std::memory_order_seq_cst);
  const long result =
      syscall(SYS_futex, &word, kWait, seen, deadline ? &left : nullptr, nullptr, 0);
  const bool timed_out = result != 0 && errno == ETIMEDOUT;
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  return !timed_out;
}

void FlagWait::wake(std::uint32_t& word) const noexcept {
  // Whoever is about to wait has said so before the kernel looks at the word again. Read by a
  // write: who says so after it has seen the word as it is now. No more are woken than have said
  // so: the kernel stops looking for others.
  if (const std::uint32_t waiting = waiting_.fetch_add(0, std::memory_order_seq_cst); waiting != 0)
    syscall(SYS_futex, &word, kWake, waiting, nullptr, nullptr, 0);
}

}  // namespace surisim::engine
