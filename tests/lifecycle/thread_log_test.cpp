// Goal: a thread's log is read back exactly, whatever fields an event shares with the previous one,
// even while the thread is writing. Method: events of every shape, in logs with several pieces of
// memory; a reader that reads continuously while a writer writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <suricata/util-storage.h>

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "trace/recorder.hpp"

namespace surisim::engine {
namespace {

using ::testing::SizeIs;

constexpr const char* kNames[] = {"first", "second", "third"};

// The nth event. The first thousand have every combination of fields.
LoggedEvent event(std::uint64_t n) {
  LoggedEvent made{};
  made.event.kind = static_cast<EventKind>(n % 38);
  if (n % 2 == 0) made.event.storage = STORAGE_THREAD;
  made.event.has_thread = n % 3 == 0;
  made.event.has_flow = n % 5 == 0;
  made.event.clock = n + n / 7 * 1000;  // from time to time, it sees another thread's
  made.event.what = kNames[n % 3];
  made.event.detail = n % 11 == 0 ? "detail" : "";
  made.event.value = n % 13 == 0 ? -1 : 0;
  made.subject.tv_name = kNames[n / 17 % 3];
  made.subject.tv_flags = static_cast<std::uint32_t>(n / 19);
  made.subject.lifecycle = 1;
  if (made.event.has_flow) made.flow = {.flow = n, .handle = n + 1, .sp = 53, .to_server = 7};
  return made;
}

void add(ThreadLog& log, const LoggedEvent& one) { log.add(one.event, one.subject, one.flow); }

void expect_same(const LoggedEvent& read, const LoggedEvent& written, std::size_t n) {
  EXPECT_EQ(read.event.kind, written.event.kind) << n;
  EXPECT_EQ(read.event.storage, written.event.storage) << n;
  EXPECT_EQ(read.event.has_thread, written.event.has_thread) << n;
  EXPECT_EQ(read.event.clock, written.event.clock) << n;
  EXPECT_STREQ(read.event.what, written.event.what) << n;
  EXPECT_STREQ(read.event.detail, written.event.detail) << n;
  EXPECT_EQ(read.event.value, written.event.value) << n;
  EXPECT_EQ(read.subject, written.subject) << n;
  EXPECT_EQ(read.event.has_flow, written.event.has_flow) << n;
  EXPECT_EQ(read.flow.flow, written.flow.flow) << n;
  EXPECT_EQ(read.flow.handle, written.flow.handle) << n;
  EXPECT_EQ(read.flow.sp, written.flow.sp) << n;
  EXPECT_EQ(read.flow.to_server, written.flow.to_server) << n;
}

TEST(ThreadLog, ReturnsWhatWasWrittenWhateverFieldsEventsShare) {
  constexpr std::size_t kEvents = 300'000;  // more than the largest piece of memory holds
  ThreadLog log("W#01");
  for (std::uint64_t n = 1; n <= kEvents; ++n) add(log, event(n));
  std::vector<LoggedEvent> read;
  log.copy_to(read);
  ASSERT_THAT(read, SizeIs(kEvents));
  for (std::size_t i = 0; i < kEvents && !::testing::Test::HasFailure(); ++i)
    expect_same(read[i], event(i + 1), i + 1);
}

TEST(ThreadLog, AnEventThatRepeatsFieldsOfTheLastOneIsReadInFull) {
  ThreadLog log("W#01");
  EXPECT_FALSE(log.has_room()) << "there is no memory before the first event";
  LoggedEvent first = event(3);
  add(log, first);
  ASSERT_TRUE(log.has_room());
  first.event.clock += 500;
  log.add(first.event);
  ++first.event.clock;
  first.event.detail = "detail";
  log.add(first.event);
  std::vector<LoggedEvent> read;
  log.copy_to(read);
  ASSERT_THAT(read, SizeIs(3));
  expect_same(
      read[1],
      [] {
        LoggedEvent e = event(3);
        e.event.clock += 500;
        return e;
      }(),
      1);
  expect_same(read[2], first, 2);
}

// A reader always sees the first events without gaps, also while the writer fills one piece of
// memory and begins the next.
TEST(ThreadLog, AReaderSeesCompleteEventsWithoutGapsWhileTheThreadWrites) {
  constexpr std::uint64_t kEvents = 20'000;
  constexpr int kLogs = 50;
  for (int i = 0; i < kLogs && !::testing::Test::HasFailure(); ++i) {
    ThreadLog log("W#01");
    std::latch both(2);
    std::atomic<bool> written = false;
    std::thread writer([&] {
      both.arrive_and_wait();
      for (std::uint64_t n = 1; n <= kEvents; ++n) add(log, event(n));
      written = true;
    });
    both.arrive_and_wait();
    std::vector<LoggedEvent> read;
    for (bool last = false; !last && !::testing::Test::HasFailure();) {
      last = written;
      const std::size_t before = read.size();
      read.clear();
      log.copy_to(read);
      EXPECT_GE(read.size(), before);
      for (std::size_t n = 0; n < read.size() && !::testing::Test::HasFailure(); ++n)
        expect_same(read[n], event(n + 1), n + 1);
    }
    writer.join();
    if (!::testing::Test::HasFailure()) {
      EXPECT_THAT(read, SizeIs(kEvents));
    }
  }
}

// The order is rebuilt from the clocks; an event that another thread waited for comes first.
TEST(Recorder, ReadsLogsOfSeveralThreadsInTheOrderOfTheirClocks) {
  Recorder recorder;
  ThreadLog& one = recorder.add_log("one");
  ThreadLog& other = recorder.add_log("other");
  const auto write = [](ThreadLog& log, std::uint64_t clock, const char* what) {
    log.add({.kind = EventKind::log, .clock = clock, .what = what}, {}, {});
  };
  write(one, 1, "a");
  write(one, 2, "b");
  write(other, 3, "c");  // it waited for b
  write(other, 4, "d");
  write(one, 5, "e");  // it waited for d
  std::string order;
  for (const Event& e : recorder.collect()) order += e.what;
  EXPECT_EQ(order, "abcde");
}

}  // namespace
}  // namespace surisim::engine
