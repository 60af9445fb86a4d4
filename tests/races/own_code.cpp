// A library with the engine's hand-overs and recorder, and functions that use them like the engine.
// It contains copies of the code that it uses, so that they can run translated.
#include <pthread.h>

#include <array>
#include <cstdint>
#include <memory>
#include <thread>

#include "trace/handover.cpp"
#include "trace/recorder.cpp"

namespace surisim::engine {
Clock& my_clock() noexcept {
  thread_local Clock clock;
  return clock;
}
}  // namespace surisim::engine

using namespace surisim::engine;

#define FUNCTION extern "C" __attribute__((visibility("default")))

namespace {

constexpr int kItems = 6;

// What threads share is not on a stack: accesses relative to the stack pointer are not seen.
using Item = std::unique_ptr<long>;

// Runs two threads, each with its number, until they end.
template <class Body>
void two_threads(Body body) {
  std::thread first(body, 0);
  std::thread second(body, 1);
  first.join();
  second.join();
}

long g_sum = 0;

}  // namespace

// Above 0: the thread holds a lock of the engine, and must not be stopped.
FUNCTION int no_points() { return surisim::base::no_points; }

FUNCTION void channel() {
  const auto queue = std::make_unique<Channel<Item>>();
  std::thread sender([&] {
    for (long i = 0; i < kItems; ++i) queue->push(std::make_unique<long>(i));
  });
  for (int i = 0; i < kItems; ++i) g_sum += *queue->pop();
  sender.join();
}

FUNCTION void channel_with_two_receivers() {
  const auto queue = std::make_unique<Channel<Item>>();
  std::thread sender([&] {
    for (long i = 0; i < 2 * kItems; ++i) queue->push(std::make_unique<long>(i));
  });
  two_threads([&](int) {
    long sum = 0;
    for (int i = 0; i < kItems; ++i) sum += *queue->pop_soon();
  });
  sender.join();
}

// A pool: one thread uses what another returned.
FUNCTION void pool() {
  const auto spare = std::make_unique<Channel<Item>>();
  spare->push(std::make_unique<long>(0));
  two_threads([&](int) {
    for (int i = 0; i < kItems; ++i) {
      Item mine = spare->try_pop().value_or(nullptr);
      if (mine == nullptr) mine = std::make_unique<long>(0);
      ++*mine;
      spare->push(std::move(mine));
    }
  });
}

FUNCTION void latch() {
  auto done = std::make_unique<Latch>(2);
  const auto values = std::make_unique<std::array<long, 2>>();
  two_threads([&](int thread) {
    if (thread == 0) {
      (*values)[0] = 1;
      done->count_down();
      (void)done->wait();
    } else {
      (*values)[1] = 1;
      done->count_down();
      (void)done->wait();
      if ((*values)[0] != 1) __builtin_trap();
    }
  });
}

FUNCTION void gate() {
  const auto open = std::make_unique<Gate>();
  const auto value = std::make_unique<long>(0);
  std::thread opener([&] {
    *value = 1;
    open->open();
  });
  two_threads([&](int) {
    open->wait();
    if (*value != 1) __builtin_trap();
  });
  opener.join();
}

FUNCTION void credit() {
  const auto one = std::make_unique<Credit>(1);
  const auto value = std::make_unique<long>(0);
  two_threads([&](int) {
    for (int i = 0; i < kItems; ++i) {
      one->take();
      ++*value;
      one->give();
    }
  });
  if (*value != 2 * kItems) __builtin_trap();
}

FUNCTION void inbox() {
  const auto items = std::make_unique<Inbox<Item>>();
  std::thread sender([&] {
    for (long i = 0; i < kItems; ++i) (void)items->put(std::make_unique<long>(i));
    items->close();
  });
  for (int looks = 0; looks < kItems; ++looks) {
    if (items->has_items())
      for (const Item& item : items->take_all()) g_sum += *item;
    may_switch(surisim::schedule::Act::yield, nullptr);
  }
  sender.join();
}

FUNCTION void main_loop() {
  const auto signal = std::make_unique<MainLoopSignal>();
  const auto values = std::make_unique<std::array<long, 2>>();
  signal->arm(2);
  std::thread first([&] {
    (*values)[0] = 1;
    signal->capture_done();
  });
  std::thread second([&] {
    (*values)[1] = 1;
    signal->capture_done();
  });
  if (signal->wait()) g_sum += (*values)[0] + (*values)[1];
  first.join();
  second.join();
}

// A log is read while its thread appends.
FUNCTION void recorder() {
  const auto all = std::make_unique<Recorder>();
  std::thread writer([&] {
    ThreadLog& log = all->add_log("W#01");
    for (std::uint64_t i = 1; i <= kItems; ++i) {
      may_switch(surisim::schedule::Act::yield, nullptr);
      log.add({.clock = i, .what = all->intern("what")}, {}, {});
    }
  });
  for (int i = 0; i < kItems; ++i) {
    may_switch(surisim::schedule::Act::yield, nullptr);
    (void)all->collect();
  }
  writer.join();
}

// A mistake, which must be found: this flag orders nothing.
FUNCTION void plain_flag() {
  static bool done;
  done = false;
  std::thread other([] {
    ++g_sum;
    done = true;
  });
  may_switch(surisim::schedule::Act::yield, nullptr);
  if (done) ++g_sum;
  other.join();
}
