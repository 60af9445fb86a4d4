// Goal: a controlled run stays on one processor, but plugins see all processors. Method: the system
// call, which tells the truth, and the C library's functions, which plugins call.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <thread>

#include "base/raw_syscall.hpp"
#include "schedule/controller.hpp"

namespace surisim::schedule::test {
namespace {

int processors_of_the_system() {
  cpu_set_t set;
  CPU_ZERO(&set);
  EXPECT_GT(base::raw_syscall(SYS_sched_getaffinity, 0, sizeof set, base::as_argument(&set)), 0);
  return CPU_COUNT(&set);
}

int as_told(int (*ask)(cpu_set_t*)) {
  cpu_set_t set;
  CPU_ZERO(&set);
  EXPECT_EQ(ask(&set), 0);
  return CPU_COUNT(&set);
}

void expect_told_of(int processors) {
  EXPECT_EQ(as_told([](cpu_set_t* set) { return ::sched_getaffinity(0, sizeof *set, set); }),
            processors);
  EXPECT_EQ(as_told([](cpu_set_t* set) {
              return ::pthread_getaffinity_np(::pthread_self(), sizeof *set, set);
            }),
            processors);
  EXPECT_EQ(::get_nprocs(), processors);
  EXPECT_EQ(::sysconf(_SC_NPROCESSORS_ONLN), processors);
  EXPECT_EQ(std::thread::hardware_concurrency(), static_cast<unsigned>(processors));
}

TEST(OneProcessor, IsUsedButPluginsSeeAll) {
  const int all = processors_of_the_system();
  {
    const OneProcessor one;
    EXPECT_EQ(processors_of_the_system(), 1);
    expect_told_of(all);
    std::thread([all] {
      EXPECT_EQ(processors_of_the_system(), 1);
      expect_told_of(all);
    }).join();
  }
  EXPECT_EQ(processors_of_the_system(), all);
  expect_told_of(all);
}

TEST(OneProcessor, IsUsedUntilTheFirstUserEnds) {
  const int all = processors_of_the_system();
  {
    const OneProcessor first;
    { const OneProcessor second; }
    EXPECT_EQ(processors_of_the_system(), 1);
  }
  EXPECT_EQ(processors_of_the_system(), all);
}

}  // namespace
}  // namespace surisim::schedule::test
