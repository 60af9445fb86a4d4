// Waits, wakes and reads clocks, through the kernel or the scheduler; the longer parts of
// hand-overs.
#include "trace/handover.hpp"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <cerrno>
#include <thread>

#include "base/raw_syscall.hpp"
#include "schedule/c_library.hpp"

namespace surisim::engine {

namespace {

// Without FUTEX_PRIVATE_FLAG, although no word is shared with another process: since Linux 6.16
// private futexes have a hash table for each process, sized by the number of processors. Thousands
// of waiting threads form queues of hundreds in it, and each wake-up walks along one of them.
constexpr int kWait = FUTEX_WAIT;
constexpr int kWake = FUTEX_WAKE;

bool wait_under_control(std::uint32_t& word, std::uint32_t expected, Deadline deadline) noexcept {
  const schedule::Operation wait{schedule::Act::wait, &word, nullptr};
  schedule::point(wait);
  if (std::atomic_ref(word).load(std::memory_order_acquire) != expected) return true;
  if (!deadline) return schedule::block(wait);
  return schedule::block(wait, deadline->time_since_epoch());
}

}  // namespace

TimePoint steady_now() noexcept {
  if (schedule::controlled()) return TimePoint(schedule::now());
  return std::chrono::steady_clock::now();
}

std::timespec wall_now() noexcept {
  if (schedule::controlled()) return schedule::read_clock(CLOCK_REALTIME);
  std::timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return now;
}

bool wait_on(std::uint32_t& word, std::uint32_t expected, Deadline deadline) noexcept {
  if (schedule::controlled()) return wait_under_control(word, expected, deadline);
  std::timespec left{};
  if (deadline) {
    const auto until =
        std::chrono::duration_cast<std::chrono::nanoseconds>(*deadline - steady_now());
    if (until.count() <= 0) return false;
    left.tv_sec = static_cast<std::time_t>(until.count() / 1'000'000'000);
    left.tv_nsec = static_cast<long>(until.count() % 1'000'000'000);
  }
  const long result = base::raw_syscall(SYS_futex, base::as_argument(&word), kWait, expected,
                                        base::as_argument(deadline ? &left : nullptr));
  return result != -ETIMEDOUT;
}

void wake(std::uint32_t& word, std::uint32_t most) noexcept {
  if (schedule::controlled()) return schedule::wake(&word, most);
  base::raw_syscall(SYS_futex, base::as_argument(&word), kWake, most);
}

void yield() noexcept {
  if (schedule::controlled()) return schedule::yield();
  ::sched_yield();
}

void pause_for(std::chrono::nanoseconds duration) noexcept {
  if (schedule::controlled()) return schedule::sleep_until(schedule::now() + duration);
  std::uint32_t never_woken = 0;
  const TimePoint end = steady_now() + duration;
  while (wait_on(never_woken, 0, end)) {
  }
}

bool spinning_helps() noexcept {
  static const bool several = std::thread::hardware_concurrency() != 1;
  return several && !schedule::controlled();
}

int OsThread::start(Clock& clock, void* (*entry)(void*), void* argument) noexcept {
  clock.see(my_clock().now());
  clock_ = &clock;
  return pthread_create(&handle_, nullptr, entry, argument);
}

void OsThread::join() noexcept {
  pthread_join(handle_, nullptr);
  my_clock().see(clock_->now());
}

bool Waiters::wait(std::uint32_t& word, std::uint32_t seen, Deadline deadline) const noexcept {
  waiting_.fetch_add(1, std::memory_order_seq_cst);
  const bool in_time = wait_on(word, seen, deadline);
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  return in_time;
}

void Waiters::wake(std::uint32_t& word) const noexcept {
  // A thread that is about to wait is counted before the kernel compares the word. The count is
  // read by a read-modify-write: a thread that is counted later sees the changed word. Only as many
  // threads are woken as are counted, so that the kernel stops searching for more.
  if (const std::uint32_t waiting = waiting_.fetch_add(0, std::memory_order_seq_cst); waiting != 0)
    engine::wake(word, waiting);
}

void Credit::take() noexcept {
  std::atomic_ref credit(left_);
  for (;;) {
    std::uint32_t left = credit.load(std::memory_order_acquire);
    if (left == kClosed) return;
    if (left == 0) {
      yield_briefly([&] { return credit.load(std::memory_order_relaxed) != 0; });
      waiters_.wait(left_, 0);
    } else if (credit.compare_exchange_weak(left, left - 1, std::memory_order_acq_rel)) {
      mark_.take();
      return;
    }
  }
}

void Credit::give() noexcept {
  mark_.leave();
  std::atomic_ref credit(left_);
  std::uint32_t left = credit.load(std::memory_order_relaxed);
  while (left != kClosed &&
         !credit.compare_exchange_weak(left, left + 1, std::memory_order_acq_rel)) {
  }
  if (left == 0) waiters_.wake(left_);
}

void Credit::close() noexcept {
  mark_.leave();
  std::atomic_ref(left_).store(kClosed, std::memory_order_release);
  waiters_.wake(left_);
}

void MainLoopSignal::arm(std::uint32_t captures) noexcept {
  std::atomic_ref(state_).store(captures * kCapture, std::memory_order_relaxed);
}

// Only the last capturing thread wakes main.
void MainLoopSignal::capture_done() noexcept {
  mark_.leave();
  const std::uint32_t left =
      std::atomic_ref(state_).fetch_sub(kCapture, std::memory_order_acq_rel) - kCapture;
  if (left < kCapture) waiters_.wake(state_);
}

void MainLoopSignal::thread_failed() noexcept {
  mark_.leave();
  std::atomic_ref(state_).fetch_or(kFailed, std::memory_order_acq_rel);
  waiters_.wake(state_);
}

std::optional<bool> MainLoopSignal::wait_until(Deadline deadline) noexcept {
  for (;;) {
    const std::uint32_t now = std::atomic_ref(state_).load(std::memory_order_acquire);
    const bool failed = (now & kFailed) != 0;
    if (failed || now < kCapture) {
      mark_.take();
      return !failed;
    }
    if (!waiters_.wait(state_, now, deadline)) return std::nullopt;
  }
}

}  // namespace surisim::engine
