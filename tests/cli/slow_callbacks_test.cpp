// Goal: a callback is slow only by its own time, on a processor or asleep, not by time when it
// could not run. Method: a child process that writes to a journal that it is in a callback, sampled
// as the supervisor does it.
#include "sandbox/slow_callbacks.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <new>

namespace surisim::sandbox {
namespace {

using Clock = std::chrono::steady_clock;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

struct Shared {
  Channel channel;
  SlowCallbacks found;
  std::atomic<bool> inside;
};

class ACallback : public testing::Test {
 protected:
  ACallback() {
    void* const at = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    shared_ = static_cast<Shared*>(at);
  }
  ~ACallback() override { ::munmap(shared_, sizeof(Shared)); }

  // A process that is in a flow init callback while it does this.
  template <class Body>
  pid_t start(Body body) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::signal(SIGUSR1, [](int) {});  // interrupts a sleep
    JournalEntry* const entry = shared_->channel.journal.claim(::getpid(), "W#01");
    const JournalCallback before = entry->enter(JournalCallback::flow_init);
    shared_->inside = true;
    body();
    entry->leave(before);
    ::_exit(0);
  }

  void sample_for(SlowDetector& detector, std::chrono::milliseconds time) {
    const Clock::time_point end = Clock::now() + time;
    while (!shared_->inside) ::sched_yield();
    while (Clock::now() < end) detector.sample();
  }

  static bool has_ended(pid_t child) { return ::waitpid(child, nullptr, WNOHANG) == child; }

  Shared* shared_;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kFound = 0;  // the sanitizer may have slowed it down
#else
constexpr std::size_t kFound = 1;
#endif

TEST_F(ACallback, ThatComputesIsSlow) {
  const pid_t child = start([] {
    timespec used{};
    while (used.tv_sec < 1) ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  });
  SlowDetector detector(shared_->channel, child, shared_->found);
  while (!has_ended(child)) detector.sample();
  detector.sample();
  const auto violations = slow_violations(shared_->found);
  ASSERT_THAT(violations, SizeIs(kFound));
  if (kFound == 0) return;
  EXPECT_EQ(violations[0].rule, "callback-slow");
  EXPECT_EQ(violations[0].callback, "flow init");
  EXPECT_EQ(violations[0].thread, "W#01");
  EXPECT_THAT(violations[0].message, HasSubstr("and 0 ms asleep"));
}

TEST_F(ACallback, ThatSleepsIsSlow) {
  const pid_t child = start([] { ::sleep(3600); });
  SlowDetector detector(shared_->channel, child, shared_->found);
  sample_for(detector, 600ms);
  ::kill(child, SIGUSR1);
  ::waitpid(child, nullptr, 0);
  detector.sample();
  EXPECT_THAT(slow_violations(shared_->found), SizeIs(kFound));
}

// So is one that waits for a processor.
TEST_F(ACallback, ThatIsStoppedIsNotSlow) {
  const pid_t child = start([] { ::raise(SIGSTOP); });
  SlowDetector detector(shared_->channel, child, shared_->found);
  sample_for(detector, 600ms);
  ::kill(child, SIGCONT);
  ::waitpid(child, nullptr, 0);
  detector.sample();
  EXPECT_THAT(slow_violations(shared_->found), IsEmpty());
}

// Like a paused virtual machine: time has passed without samples.
TEST_F(ACallback, IsNotSlowBecauseOfALongTimeWithoutSamples) {
  const pid_t child = start([this] {
    while (shared_->inside) continue;
  });
  SlowDetector detector(shared_->channel, child, shared_->found);
  sample_for(detector, 10ms);
  clockid_t childs_time{};
  ASSERT_EQ(::clock_getcpuclockid(child, &childs_time), 0);
  timespec used{};
  while (used.tv_sec < 1) ::clock_gettime(childs_time, &used);
  detector.sample();
  shared_->inside = false;
  ::waitpid(child, nullptr, 0);
  detector.sample();
  EXPECT_THAT(slow_violations(shared_->found), IsEmpty());
}

// It may be a hang, but is not slow.
TEST_F(ACallback, ThatHasNotReturnedIsNotSlow) {
  const pid_t child = start([] { ::sleep(3600); });
  SlowDetector detector(shared_->channel, child, shared_->found);
  sample_for(detector, 600ms);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  detector.sample();
  EXPECT_THAT(slow_violations(shared_->found), IsEmpty());
}

// Many short callbacks are not one slow callback.
TEST_F(ACallback, IsNotSlowBecauseItIsOneOfMany) {
  const pid_t child = start([this] {
    JournalEntry* const entry = shared_->channel.journal.find(::getpid());
    timespec used{};
    while (used.tv_sec < 1) {
      entry->leave(JournalCallback::none);
      entry->enter(JournalCallback::flow_init);
      ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    }
  });
  SlowDetector detector(shared_->channel, child, shared_->found);
  while (!has_ended(child)) detector.sample();
  detector.sample();
  EXPECT_THAT(slow_violations(shared_->found), IsEmpty());
}

}  // namespace
}  // namespace surisim::sandbox
