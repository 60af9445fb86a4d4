// Keeps a run under control on one processor: only one of its threads runs at a time, and to hand
// over to a thread on another processor takes many times as long. Plugins are told of all
// processors, as they are without it.
//
// When:    made before the run's threads, which inherit it; from then on until it is destroyed.
// Owner:   the run.
// Threads: [creator], which has its processors again afterwards.
#pragma once

namespace surisim::schedule {

class OneProcessor {
 public:
  // The one that the thread is on now. Nothing happens while there is another one.
  OneProcessor() noexcept;
  ~OneProcessor();
  OneProcessor(const OneProcessor&) = delete;
  OneProcessor& operator=(const OneProcessor&) = delete;

 private:
  bool mine_ = false;  // it was this one that began it
};

}  // namespace surisim::schedule
