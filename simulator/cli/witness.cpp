#include "witness.hpp"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <exception>
#include <utility>

namespace surisim::cli {
namespace {

constexpr std::uint32_t kTell = 1;
constexpr std::uint32_t kGoHome = 2;

// std::atomic::wait is for the threads of one process.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t value,
                const timespec* timeout) noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAIT, value, timeout, nullptr, 0);
}

void futex_wake(const std::atomic<std::uint32_t>& word) noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

std::int64_t now_ms() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

Witness::Witness(Shared& shared, std::function<void()> tell)
    : shared_(shared), tell_(std::move(tell)) {
  // Signals for the process are for others, and it must not die of a plugin's.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { wait(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_setname_np(thread_.native_handle(), "surisim witness");
  while (shared_.witness.tid == 0) ::sched_yield();
}

Witness::~Witness() {
  shared_.witness.tid = 0;
  std::uint32_t nothing = 0;
  shared_.witness.asked.compare_exchange_strong(nothing, kGoHome);
  futex_wake(shared_.witness.asked);
  thread_.join();
}

void Witness::wait() {
  shared_.witness.tid = static_cast<std::int32_t>(::syscall(SYS_gettid));
  while (shared_.witness.asked == 0) futex_wait(shared_.witness.asked, 0, nullptr);
  if (shared_.witness.asked != kTell) return;
  try {
    tell_();
  } catch (const std::exception&) {  // what was found before stands in the mailbox
  }
  shared_.witness.answered = 1;
  futex_wake(shared_.witness.answered);
}

void ask_witness(Shared& shared) noexcept {
  std::uint32_t nothing = 0;
  if (shared.witness.tid == 0) return;
  shared.witness.asked.compare_exchange_strong(nothing, kTell);
  futex_wake(shared.witness.asked);
}

void wait_for_witness(Shared& shared) noexcept {
  const std::int64_t end = now_ms() + kWitnessMs;
  while (shared.witness.tid != 0 && shared.witness.answered == 0) {
    const std::int64_t left = end - now_ms();
    if (left <= 0) return;
    const timespec timeout{left / 1000, left % 1000 * 1'000'000};
    futex_wait(shared.witness.answered, 0, &timeout);
  }
}

}  // namespace surisim::cli
