// Writing events into the calling thread's log.
//
// When:    at any time; nothing is written where the thread has no log, or once the simulated
//          process has exited.
// Threads: any; each writes to its own log, without a lock.
#pragma once

#include <cstdint>
#include <string_view>

#include "trace/context.hpp"

namespace surisim::engine {

// A thread that events are about.
class EventThread {
 public:
  // Fills in what events say of its ThreadVars, as it is now. False: it has none.
  virtual bool describe(Subject& subject) const = 0;

 protected:
  ~EventThread() = default;
};

// What an event says besides its kind; defaults say nothing.
struct Say {
  const char* what = "";
  const char* detail = "";
  std::int64_t value = 0;
  const EventThread* thread = nullptr;
  std::uint8_t storage = RawEvent::kNoStorage;
};

void record(EventKind kind, const Say& say = {});
// Only where single flows are recorded.
void record_flow(EventKind kind, const FlowFields& flow, const EventThread* thread,
                 const char* what = "", const char* detail = "");

// A copy of `text` that lives as long as the events; "" when the calling thread has no log.
const char* intern_here(std::string_view text);

// Records that a function of the engine starts and ends.
class FunctionScope {
 public:
  // `say.detail`: the telling arguments; `say.value`: see the event's documentation.
  explicit FunctionScope(const char* name, Say say = {}) : name_(name), thread_(say.thread) {
    say.what = name;
    record(EventKind::enter, say);
  }
  ~FunctionScope() {
    record(EventKind::exit,
           {.what = name_, .detail = detail_, .value = result_, .thread = thread_});
  }
  FunctionScope(const FunctionScope&) = delete;
  FunctionScope& operator=(const FunctionScope&) = delete;

  void result(std::int64_t value) { result_ = value; }
  void detail(const char* text) { detail_ = text; }
  void about(const EventThread* thread) { thread_ = thread; }

 private:
  const char* name_;
  const EventThread* thread_;
  const char* detail_ = "";
  std::int64_t result_ = 0;
};

// Records that a function of the engine ran in which nothing else happens here.
inline void passes(const char* name) { const FunctionScope scope(name); }

}  // namespace surisim::engine
