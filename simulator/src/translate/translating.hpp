// The lock that is held while code is translated, by one thread of the process.
//
// When:    for the time that it takes to translate what one entry needs.
// Owner:   the Translation.
// Threads: any, also in a handler of SIGTRAP.
#pragma once

#include <pthread.h>

#include <atomic>
#include <csignal>

namespace surisim::translate {

// A thread that waits for this waits for another's translating. Not a Mutex: it is also taken in a
// handler of signals, and may become a point where the caller decides who runs.
class TranslatingLock {
 public:
  void lock() {
    while (taken_.test_and_set(std::memory_order_acquire)) __builtin_ia32_pause();
  }
  void unlock() { taken_.clear(std::memory_order_release); }

 private:
  std::atomic_flag taken_;
};

// Holds the lock with all signals blocked, as a handler may need the lock too.
class Translating {
 public:
  explicit Translating(TranslatingLock& lock) : lock_(lock) {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    lock_.lock();
  }
  ~Translating() {
    lock_.unlock();
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  Translating(const Translating&) = delete;
  Translating& operator=(const Translating&) = delete;

 private:
  TranslatingLock& lock_;
  sigset_t before_;
};

}  // namespace surisim::translate
