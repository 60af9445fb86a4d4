// Implements pthread_floor.hpp.
#include "pthread_floor.hpp"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace bench {

namespace {

constexpr std::size_t kSlots = 2;  // one of the plugin's and one of Suricata's own (L19)

void set_and_wake(std::uint32_t& word, std::uint32_t set, std::uint32_t clear = 0) {
  std::atomic_ref flags(word);
  flags.fetch_or(set, std::memory_order_acq_rel);
  if (clear != 0) flags.fetch_and(~clear, std::memory_order_acq_rel);
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

using Waiting = PthreadFloor::Waiting;

// The floor needs no setup on the thread, so this field stores how it waits.
Waiting waiting_of(const ThreadVars& tv) { return static_cast<Waiting>(tv.thread_setup_flags); }

template <class Done>
void wait_until(ThreadVars& tv, Done done) {
  const std::atomic_ref flags(tv.flags);
  for (std::uint32_t now; !done(now = flags.load(std::memory_order_acquire));) {
    if (waiting_of(tv) == Waiting::poll) {
      usleep(100);
    } else {
      syscall(SYS_futex, &tv.flags, FUTEX_WAIT_PRIVATE, now, nullptr, nullptr, 0);
    }
  }
}

void* thread_main(void* block) {
  auto* const tv = static_cast<ThreadVars*>(block);
  pthread_setname_np(pthread_self(), tv->name);
  set_and_wake(tv->flags, THV_INIT_DONE);
  wait_until(*tv, [](std::uint32_t flags) { return (flags & THV_PAUSE) == 0; });
  wait_until(*tv, [](std::uint32_t flags) { return (flags & THV_KILL) != 0; });
  return nullptr;
}

}  // namespace

PthreadFloor::PthreadFloor(std::vector<std::string> names, Callback make, Free free,
                           Waiting waiting)
    : names_(std::move(names)), make_(make), free_(free), waiting_(waiting) {}

void PthreadFloor::run() {
  std::vector<ThreadVars*> threads;
  for (const std::string& name : names_) {
    auto* const tv =
        static_cast<ThreadVars*>(std::calloc(1, sizeof(ThreadVars) + kSlots * sizeof(Storage)));
    name.copy(tv->name, sizeof tv->name - 1);
    tv->flags = THV_PAUSE;
    tv->thread_setup_flags = static_cast<std::uint8_t>(waiting_);
    make_(tv);
    if (pthread_create(&tv->t, nullptr, thread_main, tv) != 0) {
      std::fprintf(stderr, "the system refused thread %zu of %zu\n", threads.size() + 1,
                   names_.size());
      std::abort();
    }
    wait_until(*tv, [](std::uint32_t flags) { return (flags & THV_INIT_DONE) != 0; });
    threads.push_back(tv);
  }
  for (ThreadVars* tv : threads) set_and_wake(tv->flags, 0, THV_PAUSE);
  for (ThreadVars* tv : threads) {
    set_and_wake(tv->flags, THV_KILL);
    pthread_join(tv->t, nullptr);
  }
  for (ThreadVars* tv : threads) {
    free_(tv->storage[0].ptr);
    std::free(tv);
  }
}

}  // namespace bench
