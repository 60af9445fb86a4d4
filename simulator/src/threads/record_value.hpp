// Writing events of a thread's values: on the packet path, so inline and brief.
#pragma once

#include "threads/thread.hpp"
#include "trace/record.hpp"

namespace surisim::engine {

// `thread` has a ThreadVars. True: the last event of this log was about the same thread, and its
// flags are what they were. Nothing else of a ThreadVars changes without an event of the engine's,
// which writes it down.
inline bool is_last_subject(const Context& mine, const Thread* thread) noexcept {
  if (thread == nullptr) return false;
  const Subject& last = mine.log->subject();
  return last.tv_name == thread->event_name && last.tv_flags == thread->flags() &&
         last.lifecycle == mine.lifecycle;
}

// A value of `thread`, which has a ThreadVars or is NULL, is set, taken or freed. `mine` is the
// calling thread's, and has a log.
inline void record_value(Context& mine, EventKind kind, const char* slot, const char* made_on,
                         const Thread* thread) {
  if (mine.recorder->stopped()) return;
  if (!mine.log->has_room() || !is_last_subject(mine, thread)) {
    record(kind, {.what = slot, .detail = made_on, .thread = thread});
    return;
  }
  mine.log->add({.kind = kind,
                 .has_thread = true,
                 .clock = mine.clock.tick(),
                 .what = slot,
                 .detail = made_on});
}

}  // namespace surisim::engine
