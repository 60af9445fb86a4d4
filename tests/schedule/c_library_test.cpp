// Goal: under control each waiting function of the C library does what it usually does, takes no
// time, and lets other threads run. Method: each function is called so that it succeeds, fails and
// waits, in many schedules.
#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <semaphore.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <latch>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "controlled.hpp"

namespace surisim::schedule::test {
namespace {

using namespace std::chrono_literals;

// In every strategy, with several seeds.
void in_many_schedules(const std::function<void()>& body) {
  for (const StrategyInfo& strategy : strategies())
    for (std::uint64_t seed = 0; seed < 10; ++seed) controlled_run(strategy.name, seed, body);
}

// Two threads that run the function, with 0 and 1.
void two_threads(const std::function<void(int)>& function) {
  std::thread a(function, 0);
  std::thread b(function, 1);
  a.join();
  b.join();
}

// Increments a number, letting another thread run in between: correct only if `locked` excludes
// the\n// other thread.
template <class Locked>
int added_by_two(Locked locked) {
  int sum = 0;
  two_threads([&](int) {
    for (int i = 0; i < 3; ++i) {
      locked([&sum] {
        const int before = sum;
        point({Act::access, &sum, nullptr});
        sum = before + 1;
      });
    }
  });
  return sum;
}

TEST(WithoutALock, AnUpdateIsLostInSomeSchedule) {
  bool lost = false;
  in_many_schedules([&] { lost |= added_by_two([](auto add) { add(); }) != 6; });
  EXPECT_TRUE(lost);
}

TEST(Mutexes, ExcludeOtherThreads) {
  in_many_schedules([] {
    std::mutex mutex;
    EXPECT_EQ(added_by_two([&](auto add) {
                const std::lock_guard lock(mutex);
                add();
              }),
              6);
    std::recursive_mutex recursive;
    EXPECT_EQ(added_by_two([&](auto add) {
                const std::lock_guard outer(recursive);
                const std::lock_guard inner(recursive);
                add();
              }),
              6);
    pthread_spinlock_t spin;
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    EXPECT_EQ(added_by_two([&](auto add) {
                pthread_spin_lock(&spin);
                add();
                pthread_spin_unlock(&spin);
              }),
              6);
    std::shared_mutex shared;
    EXPECT_EQ(added_by_two([&](auto add) {
                const std::unique_lock lock(shared);
                add();
              }),
              6);
    mtx_t c11;
    mtx_init(&c11, mtx_plain);
    EXPECT_EQ(added_by_two([&](auto add) {
                mtx_lock(&c11);
                add();
                mtx_unlock(&c11);
              }),
              6);
  });
}

TEST(Mutexes, AreTakenOnceTheyAreUnlockedWhileOthersRun) {
  in_many_schedules([] {
    std::mutex mutex;
    std::atomic<bool> taken{false};
    mutex.lock();
    std::thread other([&] {
      const std::lock_guard lock(mutex);
      taken = true;
    });
    std::this_thread::yield();
    mutex.unlock();
    while (!taken) std::this_thread::yield();
    other.join();
  });
}

TEST(Mutexes, AreTriedWithoutWaiting) {
  in_many_schedules([] {
    std::timed_mutex mutex;
    mutex.lock();
    std::thread other([&] {
      EXPECT_FALSE(mutex.try_lock());
      EXPECT_FALSE(mutex.try_lock_for(1h));
    });
    other.join();
    mutex.unlock();
    EXPECT_TRUE(mutex.try_lock());
    mutex.unlock();
  });
}

TEST(Mutexes, OfTheCheckingKindReportADeadlock) {
  controlled_run("default", 0, [] {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_t mutex;
    pthread_mutex_init(&mutex, &attributes);
    EXPECT_EQ(pthread_mutex_lock(&mutex), 0);
    EXPECT_EQ(pthread_mutex_lock(&mutex), EDEADLK);
    EXPECT_EQ(pthread_mutex_unlock(&mutex), 0);
    EXPECT_EQ(pthread_mutex_unlock(&mutex), EPERM);
  });
}

TEST(ReadWriteLocks, LetReadersInTogetherAndWritersAlone) {
  in_many_schedules([] {
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    EXPECT_EQ(pthread_rwlock_rdlock(&lock), 0);
    std::thread other([&] {
      EXPECT_EQ(pthread_rwlock_rdlock(&lock), 0);
      EXPECT_EQ(pthread_rwlock_trywrlock(&lock), EBUSY);
      EXPECT_EQ(pthread_rwlock_unlock(&lock), 0);
    });
    other.join();
    EXPECT_EQ(pthread_rwlock_unlock(&lock), 0);
    EXPECT_EQ(pthread_rwlock_wrlock(&lock), 0);
    EXPECT_EQ(pthread_rwlock_wrlock(&lock), EDEADLK);
    EXPECT_EQ(pthread_rwlock_rdlock(&lock), EDEADLK);
    std::thread third([&] {
      EXPECT_EQ(pthread_rwlock_tryrdlock(&lock), EBUSY);
      timespec never{1, 0};
      EXPECT_EQ(pthread_rwlock_timedrdlock(&lock, &never), ETIMEDOUT);
    });
    third.join();
    EXPECT_EQ(pthread_rwlock_unlock(&lock), 0);
  });
}

TEST(ConditionVariables, WakeWaitingThreads) {
  in_many_schedules([] {
    std::mutex mutex;
    std::condition_variable changed;
    int turn = 0;
    std::vector<int> order;
    two_threads([&](int mine) {
      for (int i = 0; i < 3; ++i) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return turn == mine; });
        order.push_back(mine);
        turn = 1 - mine;
        changed.notify_one();
      }
    });
    EXPECT_THAT(order, testing::ElementsAre(0, 1, 0, 1, 0, 1));
  });
}

TEST(ConditionVariables, WaitForAnHourInNoTime) {
  in_many_schedules([] {
    std::mutex mutex;
    std::condition_variable changed;
    std::unique_lock lock(mutex);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(changed.wait_for(lock, 1h), std::cv_status::timeout);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 1h);
  });
}

TEST(ConditionVariables, OfC11AreTheSame) {
  in_many_schedules([] {
    mtx_t mutex;
    mtx_init(&mutex, mtx_timed);
    cnd_t changed;
    cnd_init(&changed);
    bool done = false;
    std::thread other([&] {
      mtx_lock(&mutex);
      done = true;
      cnd_broadcast(&changed);
      mtx_unlock(&mutex);
    });
    mtx_lock(&mutex);
    while (!done) EXPECT_EQ(cnd_wait(&changed, &mutex), thrd_success);
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    EXPECT_EQ(cnd_timedwait(&changed, &mutex, &now), thrd_timedout);
    mtx_unlock(&mutex);
    other.join();
  });
}

TEST(Semaphores, CountHowManyMayPass) {
  in_many_schedules([] {
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    int got = 0;
    std::thread other([&] {
      for (int i = 0; i < 3; ++i) EXPECT_EQ(sem_wait(&semaphore), 0);
      got = 3;
    });
    for (int i = 0; i < 3; ++i) sem_post(&semaphore);
    other.join();
    EXPECT_EQ(got, 3);
    EXPECT_EQ(sem_trywait(&semaphore), -1);
    EXPECT_EQ(errno, EAGAIN);
    timespec never{1, 0};
    EXPECT_EQ(sem_timedwait(&semaphore, &never), -1);
    EXPECT_EQ(errno, ETIMEDOUT);
  });
}

// They wait by futex, through the C library's syscall().
TEST(Futexes, OfCxxWakeWaitingThreads) {
  in_many_schedules([] {
    std::atomic<int> word{0};
    std::counting_semaphore<8> semaphore{0};
    std::latch latch{2};
    std::thread other([&] {
      word.wait(0);
      EXPECT_EQ(word, 1);
      semaphore.acquire();
      latch.arrive_and_wait();
    });
    word = 1;
    word.notify_all();
    semaphore.release();
    latch.arrive_and_wait();
    other.join();
  });
}

TEST(Barriers, ReleaseAllTogether) {
  in_many_schedules([] {
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, nullptr, 2);
    int serial = 0;
    int arrived = 0;
    two_threads([&](int) {
      for (int round = 1; round <= 3; ++round) {
        ++arrived;
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) ++serial;
        EXPECT_GE(arrived, 2 * round);
      }
    });
    EXPECT_EQ(serial, 3);
    pthread_barrier_destroy(&barrier);
  });
}

TEST(FunctionsThatRunOnce, RunOnceAndAreWaitedFor) {
  in_many_schedules([] {
    static int ran;
    ran = 0;
    const auto slow = [] {
      point({Act::access, nullptr, nullptr});
      ++ran;
    };
    pthread_once_t control = PTHREAD_ONCE_INIT;
    once_flag flag = ONCE_FLAG_INIT;
    std::once_flag cxx;
    two_threads([&](int) {
      pthread_once(&control, slow);
      EXPECT_GE(ran, 1);
      call_once(&flag, slow);
      std::call_once(cxx, slow);
      EXPECT_EQ(ran, 3);
    });
  });
}

TEST(Statics, AreInitialisedOnceAndAreWaitedFor) {
  struct Slow {
    Slow() {
      point({Act::access, nullptr, nullptr});
      made = true;
    }
    bool made = false;
  };
  controlled_run("random", 3, [] {
    two_threads([](int) {
      static const Slow slow;
      EXPECT_TRUE(slow.made);
    });
  });
}

TEST(Sleeps, EndInTheOrderOfTheirTimesAndTakeNoTime) {
  in_many_schedules([] {
    std::vector<int> woken;
    std::vector<std::thread> all;
    for (const int hours : {3, 1, 2})
      all.emplace_back([&woken, hours] {
        std::this_thread::sleep_for(std::chrono::hours(hours));
        woken.push_back(hours);
      });
    for (std::thread& one : all) one.join();
    EXPECT_THAT(woken, testing::ElementsAre(1, 2, 3));
    usleep(1);
    EXPECT_EQ(sleep(1), 0u);
  });
}

TEST(Clocks, SayTheSameInEveryRun) {
  const auto read = [] {
    std::vector<long> times;
    controlled_run("default", 0, [&times] {
      timespec now{};
      clock_gettime(CLOCK_REALTIME, &now);
      times.push_back(now.tv_nsec);
      times.push_back(static_cast<long>(time(nullptr)));
    });
    return times;
  };
  EXPECT_EQ(read(), read());
}

TEST(Loops, ThatWaitForATimeOrForAnotherThreadEnd) {
  in_many_schedules([] {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < end) continue;
    std::atomic<bool> ready{false};
    std::thread other([&] {
      std::this_thread::sleep_for(1s);
      ready = true;
    });
    while (!ready) std::this_thread::yield();
    other.join();
  });
}

TEST(Threads, OfC11AreControlledAndHaveAResult) {
  in_many_schedules([] {
    thrd_t thread{};
    const auto body = [](void* under_control) {
      *static_cast<bool*>(under_control) = controlled();
      return 17;
    };
    bool under_control = false;
    EXPECT_EQ(thrd_create(&thread, body, &under_control), thrd_success);
    int result = 0;
    EXPECT_EQ(thrd_join(thread, &result), thrd_success);
    EXPECT_EQ(result, 17);
    EXPECT_TRUE(under_control);
  });
}

TEST(Threads, AreCancelledWhileTheyWait) {
  in_many_schedules([] {
    static sem_t never;
    sem_init(&never, 0, 0);
    pthread_t thread{};
    pthread_create(
        &thread, nullptr, [](void*) -> void* { return sem_wait(&never), nullptr; }, nullptr);
    pthread_cancel(thread);
    void* result = nullptr;
    EXPECT_EQ(pthread_join(thread, &result), 0);
    EXPECT_EQ(result, PTHREAD_CANCELED);
  });
}

TEST(DeadlockDeathTest, OfTwoLocksNamesWhoHasWhat) {
  const auto both_orders = [] {
    for (std::uint64_t seed = 0; seed < 100; ++seed)
      controlled_run("random", seed, [] {
        std::mutex a;
        std::mutex b;
        two_threads([&](int which) {
          const std::lock_guard first(which == 0 ? a : b);
          const std::lock_guard second(which == 0 ? b : a);
        });
      });
  };
  EXPECT_EXIT(both_orders(), ::testing::ExitedWithCode(kDeadlock),
              "0 join; 1 lock held by 2; 2 lock held by 1; ");
}

TEST(DeadlockDeathTest, OfASignalThatWasMissed) {
  const auto missed = [] {
    for (std::uint64_t seed = 0; seed < 100; ++seed)
      controlled_run("random", seed, [] {
        std::mutex mutex;
        std::condition_variable changed;
        std::thread other([&] {
          std::unique_lock lock(mutex);
          changed.wait(lock);
        });
        changed.notify_one();
        other.join();
      });
  };
  EXPECT_EXIT(missed(), ::testing::ExitedWithCode(kDeadlock), "0 join; 1 wait; ");
}

}  // namespace
}  // namespace surisim::schedule::test
