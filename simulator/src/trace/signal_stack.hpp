// A stack of its own for signal handlers, so that a handler still runs when a plugin's callback has
// used up its thread's stack.
#pragma once

namespace surisim::engine {

// For as long as it lives, on the thread that made it. A thread that has one already (a sanitizer
// gives it one) keeps that; without memory there is none.
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
