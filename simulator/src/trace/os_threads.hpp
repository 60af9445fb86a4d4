// What the kernel has of this process's threads: which there are, and a stack for signal handlers.
//
// When:    at any time.
// Owner:   the caller; a SignalStack is its thread's.
// Threads: any.
#pragma once

#include <sys/types.h>

#include <set>

namespace surisim::engine {

// The kernel's ids of all threads; empty where /proc cannot be read. [any thread]
std::set<pid_t> threads_of_process();

// Those that were not there before and stay: a thread that has been joined may take a moment to
// vanish from the kernel's list, and gets it. [any thread]
std::set<pid_t> new_threads(const std::set<pid_t>& before);

// A stack of its own for the signal handlers of the thread that made this, for as long as it lives:
// a handler still runs when a plugin's callback has used up its thread's stack. A thread that has
// one already (a sanitizer gives it one) keeps that; without memory there is none. [owner]
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
