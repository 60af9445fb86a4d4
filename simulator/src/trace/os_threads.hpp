// The process's threads as the kernel knows them, and stacks for their signal handlers.
//
// When:    at any time.
// Owner:   the caller; a SignalStack is its thread's.
// Threads: any.
#pragma once

#include <sys/types.h>

#include <set>

namespace surisim::engine {

// The kernel's ids of all threads; empty if /proc cannot be read. [any thread]
std::set<pid_t> threads_of_process();

// The threads that are not in `before`. Waits for up to 100 ms until there are none: a thread that
// has been joined may take a moment to vanish from the kernel's list. [any thread]
std::set<pid_t> new_threads(const std::set<pid_t>& before);

// A separate stack for signal handlers on the thread that creates it, for its lifetime: a handler
// still runs when a plugin's callback has used up its thread's stack. A thread that already has one
// (from a sanitizer) keeps it; out of memory, there is none. [owner]
class SignalStack {
 public:
  SignalStack();
  ~SignalStack();
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  void* memory_ = nullptr;
};

}  // namespace surisim::engine
