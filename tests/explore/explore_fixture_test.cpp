// Goal: a unit test explores the orders of its plugin's threads, names the schedule of each
// finding, and repeats that one. Method: the fixture, with .so files and in-process plugins.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <suricata/flow-callbacks.h>

#include <cstdlib>
#include <string>

#include "surisim/fixtures/fixtures.hpp"

namespace surisim::fixtures {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kLockOrder = SURISIM_TEST_PLUGIN_DIR "/lock_order.so";
const std::string kCounter = SURISIM_TEST_PLUGIN_DIR "/flow_counter_c.so";

// A matcher's explanation of an exploration.
template <class Matcher>
std::string said(const Matcher& matcher, const Exploration& found) {
  ::testing::StringMatchResultListener listener;
  (void)matcher.MatchAndExplain(found, &listener);
  return listener.str();
}

// SURISIM_REPLAY, while it exists.
class Replay {
 public:
  explicit Replay(const std::string& token) { ::setenv("SURISIM_REPLAY", token.c_str(), 1); }
  ~Replay() { ::unsetenv("SURISIM_REPLAY"); }
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;
};

class Explore : public LifecycleTest {
 protected:
  Explore() {
    options.threads = 3;
    options.traffic.flows = 20;
  }
};

TEST_F(Explore, FindsNothingInAPluginThatIsRightInEveryOrder) {
  load(kCounter);
  const Exploration found = explore({.schedules = 60});
  EXPECT_THAT(found, FindsNothing());
  EXPECT_EQ(found.run, 60u);
  EXPECT_GT(found.orders.size(), 50u);
  EXPECT_EQ(found.alone, "");
  // A value of a command thread.
  EXPECT_THAT(found, Not(FindsNothing(Severity::note)));
}

TEST_F(Explore, FindsADeadlockAndSaysWhichScheduleShowsIt) {
  load(kLockOrder);
  const Exploration found = explore({.schedules = 60});
  EXPECT_THAT(found, Finds("deadlock"));
  EXPECT_THAT(found, Not(Finds("callback-crash")));
  ASSERT_EQ(found.findings.size(), 2u);
  EXPECT_EQ(found.findings[0].violation.rule, "lock-order-inverted");
  EXPECT_TRUE(found.findings[1].repeated);
  EXPECT_THAT(said(FindsNothing(), found),
              AllOf(HasSubstr("no thread can go on"), HasSubstr("lock_order.so!OnFlow"),
                    HasSubstr("SURISIM_REPLAY=" + found.findings[1].schedule)));
}

TEST_F(Explore, RunsOnlyTheScheduleInTheEnvironment) {
  load(kLockOrder);
  const Exploration found = explore({.schedules = 60, .stop_on_first = true});
  ASSERT_EQ(found.findings.size(), 2u);
  const Replay replay(found.findings[1].schedule);
  const Exploration again = explore({.schedules = 60});
  EXPECT_EQ(again.run, 1u);
  EXPECT_THAT(again, Finds("deadlock"));
  EXPECT_EQ(again.findings.back().violation.message, found.findings[1].violation.message);
}

TEST_F(Explore, RefusesAnInvalidScheduleInTheEnvironment) {
  load(kCounter);
  const Replay replay("pos");
  EXPECT_THAT(said(FindsNothing(), explore()), HasSubstr("SURISIM_REPLAY: "));
}

TEST_F(Explore, SaysThatTheScheduleOfTheEnvironmentWasNotRepeated) {
  load(kCounter);
  const Replay replay("pos:7/00000001");
  EXPECT_THAT(said(FindsNothing(), explore()), HasSubstr("pos:7/00000001 was not repeated"));
}

TEST_F(Explore, ComesBeforeTheFirstPhase) {
  load(kCounter);
  ASSERT_TRUE(finalize());
  EXPECT_THAT(said(FindsNothing(), explore()), HasSubstr("comes before the first phase"));
}

TEST_F(Explore, LeavesTheTestsOwnLifecycleAsItWas) {
  load(kCounter);
  EXPECT_THAT(explore({.schedules = 5}), FindsNothing());
  ASSERT_TRUE(run());
  EXPECT_TRUE(clean());
}

// In process: variables of this program.
pthread_mutex_t g_one = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t g_other = PTHREAD_MUTEX_INITIALIZER;
int g_inits = 0;
int g_flows = 0;

void in_order(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
}
void lock_on_init(ThreadVars*, Flow*, const Packet*, void*) { in_order(&g_one, &g_other); }
void lock_on_update(ThreadVars*, Flow*, Packet*, void*) { in_order(&g_other, &g_one); }

TEST_F(Explore, FindsADeadlockOfAnInProcessPlugin) {
  load("in process", [] {
    if (++g_inits != 1) std::abort();  // as the test has left it
    SCFlowRegisterInitCallback(lock_on_init, nullptr);
    SCFlowRegisterUpdateCallback(lock_on_update, nullptr);
  });
  EXPECT_THAT(explore({.schedules = 40}), AllOf(Finds("deadlock"), Not(Finds("callback-crash"))));
  EXPECT_EQ(g_inits, 0);
}

void crash_at_third(ThreadVars*, Flow*, const Packet*, void*) {
  if (++g_flows == 3) ::raise(SIGSEGV);
}
void exit_at_third(ThreadVars*, Flow*, const Packet*, void*) {
  if (++g_flows == 3) ::_exit(7);
}

TEST_F(Explore, FindsACrash) {
  load("crashes", [] { SCFlowRegisterInitCallback(crash_at_third, nullptr); });
  EXPECT_THAT(explore({.schedules = 2}), Finds("callback-crash"));
}

TEST_F(Explore, FindsThatThePluginEndsTheProcess) {
  load("exits", [] { SCFlowRegisterInitCallback(exit_at_third, nullptr); });
  EXPECT_THAT(explore({.schedules = 2}), Finds("process-exit"));
}

TEST_F(Explore, SaysThatNothingCouldBeRun) {
  load("/nowhere/plugin.so");
  EXPECT_THAT(explore({.schedules = 3}), Not(FindsNothing()));
  options.threads = 0;
  EXPECT_THAT(said(FindsNothing(), explore({.schedules = 3})), HasSubstr("not all could be run"));
}

TEST_F(Explore, RunsEachScheduleInANewProcessIfAPluginHasStateOutsideItsVariables) {
  load(SURISIM_EXPLORED_DIR "/environment.so");
  const Exploration found = explore({.schedules = 5});
  EXPECT_EQ(found.run, 5u);
  EXPECT_THAT(found.alone, HasSubstr("it uses setenv"));
}

}  // namespace
}  // namespace surisim::fixtures
