// Events of an invented run, as many as requested: main starts workers, which set and free values
// of flows; the recycler ends every third flow.
#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "surisim/event.hpp"

namespace surisim::test {

class SampleEvents {
 public:
  // One event of main's.
  Event& add(std::string_view os, EventKind kind, std::string_view what = "") {
    Event event;
    event.seq = events_.size() + 1;
    event.clock = ++clock_;
    event.lifecycle = 1;
    event.os = keep(os);
    event.kind = kind;
    event.what = keep(what);
    events_.push_back(event);
    return events_.back();
  }
  Event& add_of(std::string_view os, EventKind kind, std::string_view tv,
                std::string_view what = "") {
    Event& event = add(os, kind, what);
    event.has_thread = true;
    event.tv.name = keep(tv);
    return event;
  }
  Event& add_of_flow(std::string_view os, EventKind kind, std::uint64_t flow,
                     std::string_view what = "") {
    Event& event = add_of(os, kind, os, what);
    event.has_flow = true;
    event.flow.flow = flow;
    event.flow.proto = 6;
    event.flow.sp = static_cast<std::uint16_t>(1024 + flow % 50000);
    event.flow.dp = 80;
    return event;
  }

  void start(std::string_view thread) {
    add_of("main", EventKind::pthread_create, thread);
    add_of(thread, EventKind::os_thread_start, thread);
    add_of(thread, EventKind::thread_init_callback, thread);
    add_of(thread, EventKind::thread_value_set, thread, "counter");
  }
  void join(std::string_view thread) {
    add_of("main", EventKind::pthread_join, thread, thread);
    add_of("main", EventKind::thread_value_freed, thread, "counter");
  }
  // 8 events; 7 if a worker ends it.
  void flow(std::uint64_t number, std::string_view worker) {
    add_of_flow(worker, EventKind::flow_init, number);
    add_of_flow(worker, EventKind::flow_value_set, number, "state");
    for (int i = 0; i < 3; ++i) add_of_flow(worker, EventKind::flow_update, number);
    const std::string_view end = number % 3 == 0 ? "FR#01" : worker;
    if (number % 3 == 0) add_of_flow(end, EventKind::flow_finish, number);
    add_of_flow(end, EventKind::flow_cleared, number);
    add_of_flow(end, EventKind::flow_value_freed, number, "state");
  }

  // A run of `count` events at least.
  static EventLog run(std::size_t count) {
    SampleEvents all;
    constexpr const char* kThreads[] = {"W#01-eth0", "W#02-eth0", "FR#01"};
    for (const char* thread : kThreads) all.start(thread);
    for (std::uint64_t flow = 1; all.events_.size() + 6 < count; ++flow)
      all.flow(flow, kThreads[flow % 2]);
    for (const char* thread : kThreads) all.join(thread);
    return all.take();
  }

  EventLog take() { return EventLog(std::move(events_), strings_); }

 private:
  std::string_view keep(std::string_view text) { return *strings_->emplace(text).first; }

  std::uint64_t clock_ = 0;
  std::vector<Event> events_;
  std::shared_ptr<std::unordered_set<std::string>> strings_ =
      std::make_shared<std::unordered_set<std::string>>();
};

}  // namespace surisim::test
